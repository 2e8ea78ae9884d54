package apportion.model.compress;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.LayerAttention;
import apportion.model.inspect.NamedWeights;
import apportion.model.transformer.AttentionObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How far a student's heads are from their teacher's on some data: both read what the teacher's layer reads, so that
 * errors of other layers do not mix in.
 *
 * <p>The error of scores is {@code sqrt(sum (s - s')^2 / sum s^2)} over all pairs of tokens that see each other, of
 * scores minus the mean of their query, which the softmax does not see. That of the output is the same of {@code W_O
 * z}, the head's addition to the residual stream, biases of values aside.
 */
public final class HeadErrors implements AttentionObserver, AutoCloseable {

    private final Backend backend;
    private final boolean shared;
    private final List<Layer> layers = new ArrayList<>();
    private final ErrorSums sums;

    /** One layer of both models. */
    private record Layer(Side teacher, Side student, Tensor in_pc, Optional<Tensor> bias_1p) {}

    /** One layer of one model. */
    private record Side(LayerAttention attention, HeadBiases biases, Projections projections) {

        static Side of(ModelConfig model, NamedWeights weights, int layer) {
            return new Side(
                    new LayerAttention(model, weights, layer),
                    HeadBiases.of(model, weights, layer),
                    Projections.of(model, weights, layer));
        }
    }

    /**
     * Nothing seen yet.
     *
     * @param backend of the decoder of the teacher, which will be observed
     * @param student made of that teacher, or trained since
     */
    public HeadErrors(Backend backend, ModelConfig teacher, float[] teachers, Student student) {
        this.backend = backend;
        this.shared = teacher.sharing().layers().attention();
        NamedWeights old = new NamedWeights(teacher, teachers);
        NamedWeights small = new NamedWeights(student.model(), student.weights());
        for (int layer = 0; layer < teacher.layers(); layer++) {
            String name = "block." + layer + ".attention.qkv";
            int width =
                    Math.toIntExact(AttentionShape.of(student.model(), layer).width());
            layers.add(new Layer(
                    Side.of(teacher, old, layer),
                    Side.of(student.model(), small, layer),
                    tensor(small.get(name + ".weight"), width),
                    small.find(name + ".bias").map(bias -> tensor(bias, 1))));
        }
        this.sums = new ErrorSums(student.heads());
    }

    private Tensor tensor(float[] values, int rows) {
        Tensor tensor = backend.allocate(rows, values.length / rows);
        backend.write(values, tensor);
        return tensor;
    }

    @Override
    public void attended(int layer, int time, Tensor in_nc, Tensor projected_np) {
        Map<Integer, ErrorSums.Squares> wanted = sums.layer(shared ? 0 : layer);
        if (wanted.isEmpty()) {
            return;
        }
        Layer both = layers.get(layer);
        float[] teachers = read(projected_np);
        float[] students;
        try (Tensor own = backend.allocate(in_nc.rows(), both.in_pc.rows())) {
            backend.linear(in_nc, both.in_pc, both.bias_1p, own);
            students = read(own);
        }
        both.teacher.biases.takeOff(teachers);
        both.student.biases.takeOff(students);
        int sequences = Math.toIntExact(in_nc.rows() / time);
        wanted.forEach((head, sum) -> {
            HeadPlace large = both.teacher.attention.heads().get(head);
            HeadPlace small = both.student.attention.heads().get(head);
            for (int s = 0; s < sequences; s++) {
                LayerAttention.Head before = both.teacher.attention.head(teachers, s, time, large);
                LayerAttention.Head after = both.student.attention.head(students, s, time, small);
                compareScores(before.scores(), after.scores(), sum);
                compareOutputs(
                        outputs(before, both.teacher.projections, large),
                        outputs(after, both.student.projections, small),
                        sum);
            }
        });
    }

    private float[] read(Tensor x) {
        float[] values = new float[Math.toIntExact(x.size())];
        backend.read(x, values);
        return values;
    }

    private static void compareScores(double[][] before, double[][] after, ErrorSums.Squares sum) {
        for (int i = 0; i < before.length; i++) {
            double mean = mean(before[i]);
            double otherMean = mean(after[i]);
            for (int k = 0; k < before[i].length; k++) {
                double score = before[i][k] - mean;
                double error = after[i][k] - otherMean - score;
                sum.scores += score * score;
                sum.scoreErrors += error * error;
            }
        }
    }

    private static double mean(double[] x) {
        double sum = 0;
        for (double value : x) {
            sum += value;
        }
        return sum / x.length;
    }

    private static void compareOutputs(double[][] before, double[][] after, ErrorSums.Squares sum) {
        for (int i = 0; i < before.length; i++) {
            for (int c = 0; c < before[i].length; c++) {
                double error = after[i][c] - before[i][c];
                sum.outputs += before[i][c] * before[i][c];
                sum.outputErrors += error * error;
            }
        }
    }

    /** {@code [t, C]}: what a head adds to the residual stream. */
    private static double[][] outputs(LayerAttention.Head head, Projections projections, HeadPlace place) {
        return Rows.product(head.mixed(head.probabilities()), projections.columns(place.mixed(), place.headDim()), 1);
    }

    /** What has been summed up so far. */
    public ErrorSums sums() {
        return sums;
    }

    @Override
    public void close() {
        for (Layer layer : layers) {
            layer.in_pc.close();
            layer.bias_1p.ifPresent(Tensor::close);
        }
    }
}
