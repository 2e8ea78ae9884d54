package apportion.model.inspect;

import java.io.Serializable;
import java.util.Arrays;

/** Sums over some sequences, of one layer's heads; those of other sequences add up with them. Serves one thread. */
public final class LayerSums implements Serializable {

    private static final long serialVersionUID = 1;

    private final int heads;
    private final double[][] sums;
    /** What each statistic's sums are divided by, the same for all heads. */
    private final double[] weights;
    /** Inner products of the heads' attention patterns. */
    private final double[][] products;

    /** Nothing yet. */
    public LayerSums(int heads) {
        this.heads = heads;
        this.sums = new double[Statistic.values().length][heads];
        this.weights = new double[Statistic.values().length];
        this.products = new double[heads][heads];
    }

    public int heads() {
        return heads;
    }

    void add(Statistic statistic, int head, double value) {
        sums[statistic.ordinal()][head] += value;
    }

    void weigh(Statistic statistic, double weight) {
        weights[statistic.ordinal()] += weight;
    }

    void addProduct(int head, int other, double value) {
        products[head][other] += value;
    }

    /** Adds another's sums to these. */
    public void add(LayerSums other) {
        for (int s = 0; s < sums.length; s++) {
            weights[s] += other.weights[s];
            for (int h = 0; h < heads; h++) {
                sums[s][h] += other.sums[s][h];
            }
        }
        for (int h = 0; h < heads; h++) {
            for (int k = 0; k < heads; k++) {
                products[h][k] += other.products[h][k];
            }
        }
    }

    /** A head's mean; 0 where nothing was to be seen. */
    public double mean(Statistic statistic, int head) {
        double weight = weights[statistic.ordinal()];
        return weight == 0 ? 0 : sums[statistic.ordinal()][head] / weight;
    }

    /** {@code [h, h]}: cosines between the heads' attention patterns. */
    public double[][] similarity() {
        double[][] cosines = new double[heads][heads];
        for (int h = 0; h < heads; h++) {
            for (int k = 0; k < heads; k++) {
                double norms = Math.sqrt(products[h][h] * products[k][k]);
                cosines[h][k] = norms == 0 ? 0 : products[h][k] / norms;
            }
        }
        return cosines;
    }

    @Override
    public String toString() {
        return heads + " heads, weights " + Arrays.toString(weights);
    }
}
