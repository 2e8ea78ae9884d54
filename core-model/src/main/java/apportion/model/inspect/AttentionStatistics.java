package apportion.model.inspect;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.AttentionObserver;
import java.util.ArrayList;
import java.util.List;

/** Sums up what heads attend to. Rows are to be announced before they pass. */
public final class AttentionStatistics implements AttentionObserver {

    private final Backend backend;
    private final List<LayerAttention> layers = new ArrayList<>();
    private final List<LayerSums> sums = new ArrayList<>();
    private List<int[]> rows = List.of();

    /**
     * Nothing seen yet.
     *
     * @param backend of the decoder that will be observed
     */
    public AttentionStatistics(ModelConfig model, float[] weights, Backend backend) {
        this.backend = backend;
        NamedWeights names = new NamedWeights(model, weights);
        for (int layer = 0; layer < model.layers(); layer++) {
            layers.add(new LayerAttention(model, names, layer));
            sums.add(new LayerSums(layers.get(layer).heads().size()));
        }
    }

    /**
     * Says what the next pass computes.
     *
     * @param inputs tokens of each sequence; shorter ones are padded behind their end, which does not count
     */
    public void expect(List<int[]> inputs) {
        rows = List.copyOf(inputs);
    }

    /** The sums so far, layer after layer. */
    public List<LayerSums> sums() {
        return sums;
    }

    @Override
    public void attended(int layer, int time, Tensor in_nc, Tensor projected_np) {
        float[] projected = new float[Math.toIntExact(projected_np.size())];
        backend.read(projected_np, projected);
        LayerAttention attention = layers.get(layer);
        for (int sequence = 0; sequence < rows.size(); sequence++) {
            List<double[][]> patterns = new ArrayList<>();
            for (HeadPlace place : attention.heads()) {
                LayerAttention.Head head = attention.head(projected, sequence, time, place);
                double[][] probabilities = head.probabilities();
                patterns.add(probabilities);
                addHead(place.head(), head.scores(), probabilities, rows.get(sequence), sums.get(layer));
            }
            weigh(rows.get(sequence), sums.get(layer));
            compare(patterns, rows.get(sequence).length, sums.get(layer));
        }
    }

    /** What queries beside the first see: that one sees itself alone, whatever a head does. */
    private static void addHead(int head, double[][] scores, double[][] probabilities, int[] tokens, LayerSums into) {
        for (int i = 1; i < tokens.length; i++) {
            double[] p = probabilities[i];
            int first = i + 1 - p.length;
            into.add(Statistic.ENTROPY, head, entropy(p));
            into.add(Statistic.LOGIT_NORM, head, LengthStatistics.centredNorm(scores[i]));
            into.add(Statistic.JACOBIAN, head, SoftmaxJacobian.norm(p));
            into.add(Statistic.FIRST, head, first == 0 ? p[0] : 0);
            into.add(Statistic.PREVIOUS, head, p.length > 1 ? p[p.length - 2] : 0);
            for (int j = first; j <= i; j++) {
                double mass = p[j - first];
                into.add(Statistic.DISTANCE, head, mass * (i - j));
                if (j < i && tokens[j] == tokens[i]) {
                    into.add(Statistic.SAME, head, mass);
                }
                if (j > 0 && tokens[j - 1] == tokens[i]) {
                    into.add(Statistic.INDUCTION, head, mass);
                }
            }
        }
    }

    /** The same for all heads: how many queries there are, and how many that have seen their token before. */
    private static void weigh(int[] tokens, LayerSums into) {
        int repeated = 0;
        for (int i = 1; i < tokens.length; i++) {
            boolean seen = false;
            for (int j = 0; j < i && !seen; j++) {
                seen = tokens[j] == tokens[i];
            }
            repeated += seen ? 1 : 0;
        }
        for (Statistic statistic : Statistic.values()) {
            boolean ofRepeated = statistic == Statistic.SAME || statistic == Statistic.INDUCTION;
            if (statistic != Statistic.IMPORTANCE) {
                into.weigh(statistic, ofRepeated ? repeated : Math.max(0, tokens.length - 1));
            }
        }
    }

    private static double entropy(double[] p) {
        double entropy = 0;
        for (double value : p) {
            entropy -= value > 0 ? value * Math.log(value) : 0;
        }
        return entropy;
    }

    private static void compare(List<double[][]> patterns, int length, LayerSums into) {
        for (int h = 0; h < patterns.size(); h++) {
            for (int k = 0; k <= h; k++) {
                double product = 0;
                for (int i = 1; i < length; i++) {
                    double[] one = patterns.get(h)[i];
                    double[] other = patterns.get(k)[i];
                    for (int j = 0; j < one.length; j++) {
                        product += one[j] * other[j];
                    }
                }
                into.addProduct(h, k, product);
                if (k < h) {
                    into.addProduct(k, h, product);
                }
            }
        }
    }
}
