package apportion.model.inspect;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.Objects;

/** Sums over some sequences, of one layer's heads; those of other sequences add up with them. Serves one thread. */
public final class LayerSums implements Serializable {

    private static final long serialVersionUID = 1;

    private final int heads;
    private final EnumMap<Statistic, double[]> sums = new EnumMap<>(Statistic.class);
    /** What each statistic's sums are divided by, the same for all heads. */
    private final EnumMap<Statistic, Double> weights = new EnumMap<>(Statistic.class);
    /** Inner products of the heads' attention patterns. */
    private final double[][] products;

    /** Nothing yet. */
    public LayerSums(int heads) {
        this.heads = heads;
        for (Statistic statistic : Statistic.values()) {
            sums.put(statistic, new double[heads]);
            weights.put(statistic, 0.0);
        }
        this.products = new double[heads][heads];
    }

    public int heads() {
        return heads;
    }

    void add(Statistic statistic, int head, double value) {
        of(statistic)[head] += value;
    }

    void weigh(Statistic statistic, double weight) {
        weights.merge(statistic, weight, Double::sum);
    }

    void addProduct(int head, int other, double value) {
        products[head][other] += value;
    }

    /** Adds another's sums to these. */
    public void add(LayerSums other) {
        for (Statistic statistic : Statistic.values()) {
            weigh(statistic, other.weight(statistic));
            for (int h = 0; h < heads; h++) {
                add(statistic, h, other.of(statistic)[h]);
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
        return weight(statistic) == 0 ? 0 : of(statistic)[head] / weight(statistic);
    }

    private double[] of(Statistic statistic) {
        return Objects.requireNonNull(sums.get(statistic));
    }

    private double weight(Statistic statistic) {
        return Objects.requireNonNull(weights.get(statistic));
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
        return heads + " heads, weights " + weights;
    }
}
