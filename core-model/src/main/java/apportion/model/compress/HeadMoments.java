package apportion.model.compress;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.inspect.HeadPlace;
import apportion.model.inspect.LayerAttention;
import apportion.model.inspect.NamedWeights;
import apportion.model.transformer.AttentionObserver;
import java.util.ArrayList;
import java.util.List;

/**
 * Second moments of what each head sees of some data: {@code sum x x^T} over tokens, for its queries, for its keys, and
 * for its mixes of values {@code z_i = sum_j p_ij v_j}. Biases of keys and of values are taken off, as students have
 * none; a query's is part of it.
 *
 * <p>Of layers that share one attention, the sums of all are the first one's.
 */
public final class HeadMoments implements AttentionObserver {

    private final ModelConfig model;
    private final Backend backend;
    private final List<LayerAttention> layers = new ArrayList<>();
    private final List<HeadBiases> biases = new ArrayList<>();
    private final List<List<Sums>> sums = new ArrayList<>();

    /** One head's. */
    private record Sums(double[][] queries, double[][] keys, double[][] mixes) {

        static Sums zero(int d) {
            return new Sums(new double[d][d], new double[d][d], new double[d][d]);
        }
    }

    /**
     * Nothing seen yet.
     *
     * @param backend of the decoder that will be observed
     */
    public HeadMoments(ModelConfig model, float[] weights, Backend backend) {
        this.model = model;
        this.backend = backend;
        NamedWeights names = new NamedWeights(model, weights);
        for (int layer = 0; layer < model.layers(); layer++) {
            layers.add(new LayerAttention(model, names, layer));
            biases.add(HeadBiases.of(model, names, layer));
            sums.add(layers.get(layer).heads().stream()
                    .map(head -> Sums.zero(head.headDim()))
                    .toList());
        }
    }

    @Override
    public void attended(int layer, int time, Tensor in_nc, Tensor projected_np) {
        float[] projected = new float[Math.toIntExact(projected_np.size())];
        backend.read(projected_np, projected);
        biases.get(layer).takeOff(projected);
        int sequences = Math.toIntExact(projected_np.rows() / time);
        List<Sums> into = sums.get(model.sharing().layers().attention() ? 0 : layer);
        for (HeadPlace place : layers.get(layer).heads()) {
            Sums sum = into.get(place.head());
            for (int sequence = 0; sequence < sequences; sequence++) {
                LayerAttention.Head head = layers.get(layer).head(projected, sequence, time, place);
                add(head.queries(), sum.queries);
                add(head.keys(), sum.keys);
                // What all keys of a query have in common leaves its probabilities alone.
                add(head.mixed(head.probabilities()), sum.mixes);
            }
        }
    }

    private static void add(double[][] rows, double[][] into) {
        for (double[] row : rows) {
            for (int a = 0; a < row.length; a++) {
                for (int b = 0; b < row.length; b++) {
                    into[a][b] += row[a] * row[b];
                }
            }
        }
    }

    double[][] queries(KeyGroup group) {
        return sum(group, Sums::queries);
    }

    double[][] keys(KeyGroup group) {
        return sums.get(group.layer()).get(group.first().head()).keys;
    }

    double[][] mixes(KeyGroup group) {
        return sum(group, Sums::mixes);
    }

    private interface Kind {
        double[][] of(Sums sums);
    }

    private double[][] sum(KeyGroup group, Kind kind) {
        double[][] total = new double[group.headDim()][group.headDim()];
        for (HeadPlace head : group.heads()) {
            double[][] one = kind.of(sums.get(group.layer()).get(head.head()));
            for (int a = 0; a < total.length; a++) {
                for (int b = 0; b < total.length; b++) {
                    total[a][b] += one[a][b];
                }
            }
        }
        return total;
    }
}
