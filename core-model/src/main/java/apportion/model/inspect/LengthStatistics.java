package apportion.model.inspect;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.AttentionObserver;
import java.util.ArrayList;
import java.util.List;

/** How sharply each head attends where its query sees a given number of tokens. All rows that pass count, whole. */
public final class LengthStatistics implements AttentionObserver {

    private final Backend backend;
    private final int[] lengths;
    private final List<LayerAttention> layers = new ArrayList<>();
    private final List<List<Head>> heads = new ArrayList<>();

    /** Sums of one head, one for each length. */
    private record Head(double[] jacobians, double[] norms, long[] queries) {}

    /**
     * Means of one head, one for each length.
     *
     * @param jacobian norm of the softmax's Jacobian
     * @param logits norm of the scores less their mean
     */
    public record Curve(int layer, int head, double[] jacobian, double[] logits) {}

    /**
     * Nothing seen yet.
     *
     * @param backend of the decoder that will be observed
     * @param lengths how many tokens a query sees, itself among them; at most what the model's windows let it see
     */
    public LengthStatistics(ModelConfig model, float[] weights, Backend backend, int... lengths) {
        this.backend = backend;
        this.lengths = lengths.clone();
        NamedWeights names = new NamedWeights(model, weights);
        for (int layer = 0; layer < model.layers(); layer++) {
            layers.add(new LayerAttention(model, names, layer));
            heads.add(layers.get(layer).heads().stream()
                    .map(place ->
                            new Head(new double[lengths.length], new double[lengths.length], new long[lengths.length]))
                    .toList());
        }
    }

    @Override
    public void attended(int layer, int time, Tensor in_nc, Tensor projected_np) {
        float[] projected = new float[Math.toIntExact(projected_np.size())];
        backend.read(projected_np, projected);
        int sequences = Math.toIntExact(projected_np.rows() / time);
        for (HeadPlace place : layers.get(layer).heads()) {
            Head into = heads.get(layer).get(place.head());
            for (int sequence = 0; sequence < sequences; sequence++) {
                double[][] scores =
                        layers.get(layer).head(projected, sequence, time, place).scores();
                for (int l = 0; l < lengths.length; l++) {
                    if (lengths[l] <= time && scores[lengths[l] - 1].length == lengths[l]) {
                        double[] row = scores[lengths[l] - 1];
                        into.jacobians[l] += SoftmaxJacobian.norm(LayerAttention.softmax(row));
                        into.norms[l] += centredNorm(row);
                        into.queries[l]++;
                    }
                }
            }
        }
    }

    /** {@code ||s - mean(s)||_2}. */
    public static double centredNorm(double[] scores) {
        double sum = 0;
        for (double score : scores) {
            sum += score;
        }
        double mean = sum / scores.length;
        double squares = 0;
        for (double score : scores) {
            squares += (score - mean) * (score - mean);
        }
        return Math.sqrt(squares);
    }

    /** What was seen of each head; not a number at a length that no query had. */
    public List<Curve> curves() {
        List<Curve> curves = new ArrayList<>();
        for (int layer = 0; layer < heads.size(); layer++) {
            for (int head = 0; head < heads.get(layer).size(); head++) {
                Head sums = heads.get(layer).get(head);
                curves.add(
                        new Curve(layer, head, means(sums.jacobians, sums.queries), means(sums.norms, sums.queries)));
            }
        }
        return curves;
    }

    private static double[] means(double[] sums, long[] counts) {
        double[] means = new double[sums.length];
        for (int i = 0; i < sums.length; i++) {
            means[i] = sums[i] / counts[i];
        }
        return means;
    }
}
