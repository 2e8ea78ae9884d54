package apportion.model.compute.nd4j;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.Positions;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What a group's scores get before the softmax: minus infinity where a token may not look, so that the probability is
 * exactly 0, and what alibi or relative positions say of the distance.
 */
final class ScoreBias implements AutoCloseable {

    private final DataType type;
    private final int window;
    private final int heads;
    /** What each token of distance takes off, by head; a single 0 for positions that scores do not know of. */
    private final double[] slopes;

    private final Optional<Distances> distances;
    /** {@code [slopes * t, t]} for sequences of {@code t} tokens. */
    private Nd4jTensor fixed;

    /** Learned numbers of this group's heads, and their gradients, {@code [h, r]}. */
    private record Distances(Tensor values, Tensor gradients) {}

    ScoreBias(
            AttentionShape shape,
            AttentionShape.Group group,
            AttentionWeights weights,
            AttentionWeights gradients,
            DataType type) {
        this.type = type;
        this.window = shape.window();
        this.heads = group.heads().heads();
        this.slopes = new double[shape.positions() instanceof Positions.Alibi ? heads : 1];
        if (shape.positions() instanceof Positions.Alibi) {
            System.arraycopy(Positions.Alibi.slopes(shape.heads()), group.firstHead(), slopes, 0, heads);
        }
        this.distances = weights.distanceBias_hr()
                .map(all -> new Distances(
                        rows(all, group), rows(gradients.distanceBias_hr().orElseThrow(), group)));
        this.fixed = Nd4jTensor.allocate(type, 1, 1);
    }

    private static Tensor rows(Tensor all_hr, AttentionShape.Group group) {
        return all_hr.slice(group.firstHead() * all_hr.columns(), group.heads().heads(), all_hr.columns());
    }

    void add(INDArray scores_bhtt) {
        int time = (int) scores_bhtt.size(3);
        prepare(time);
        scores_bhtt.addi(fixed.array().reshape('c', 1, slopes.length, time, time));
        distances.ifPresent(learned -> {
            try (INDArray index = index(time, learned.values.columns());
                    INDArray bias = Nd4jBackend.gather(flat(learned.values), index)) {
                scores_bhtt.addi(bias.reshape('c', 1, heads, time, time));
            }
        });
    }

    /** Adds the scores' gradients to those of the learned numbers. */
    void backward(INDArray dScores_bhtt) {
        distances.ifPresent(learned -> {
            try (INDArray index = index((int) dScores_bhtt.size(3), learned.values.columns());
                    INDArray sums_htt = dScores_bhtt.sum(0)) {
                // Where a token may not look its gradient is 0, so it may go to any number.
                Nd4jBackend.scatter("scatter_add", flat(learned.gradients), index, sums_htt.reshape(index.length()));
            }
        });
    }

    private static INDArray flat(Tensor x_hr) {
        INDArray array = ((Nd4jTensor) x_hr).array();
        return array.reshape(array.length());
    }

    /** Where in the flattened numbers each head, token and earlier token finds its own. */
    private INDArray index(int time, long columns) {
        int[] index = new int[heads * time * time];
        for (int h = 0; h < heads; h++) {
            for (int i = 0; i < time; i++) {
                for (int j = 0; j < time; j++) {
                    long distance = Math.min(Math.max(0, i - j), columns - 1);
                    index[(h * time + i) * time + j] = (int) (h * columns + distance);
                }
            }
        }
        return Nd4j.createFromArray(index);
    }

    private void prepare(int time) {
        if (fixed.columns() == time && fixed.rows() == (long) slopes.length * time) {
            return;
        }
        fixed.close();
        fixed = Nd4jTensor.allocate(type, (long) slopes.length * time, time);
        for (int h = 0; h < slopes.length; h++) {
            for (int i = 0; i < time; i++) {
                for (int j = 0; j < time; j++) {
                    boolean hidden = j > i || i - j >= window;
                    fixed.array()
                            .putScalar((long) h * time + i, j, hidden ? Double.NEGATIVE_INFINITY : slopes[h] * (j - i));
                }
            }
        }
    }

    @Override
    public void close() {
        fixed.close();
    }
}
