package apportion.spark.statistics;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Holm's correction for many comparisons (Holm 1979): the chance that even one true null hypothesis is rejected stays
 * below the level, whatever the comparisons have to do with each other.
 */
public final class Holm {

    private Holm() {}

    /**
     * Corrected p-values, in the order of the given ones; a hypothesis is rejected where its own is below the level.
     *
     * <p>The smallest of {@code n} is multiplied by {@code n}, the next by {@code n - 1} and so on; none is less than
     * that of a smaller one, nor more than 1.
     *
     * @param pValues each from 0 to 1
     */
    public static double[] adjusted(double... pValues) {
        for (double p : pValues) {
            if (!(p >= 0 && p <= 1)) {
                throw new IllegalArgumentException("p-values must be from 0 to 1, got " + Arrays.toString(pValues));
            }
        }
        int[] order = IntStream.range(0, pValues.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> pValues[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        double[] adjusted = new double[pValues.length];
        double largest = 0;
        for (int rank = 0; rank < order.length; rank++) {
            largest = Math.max(largest, Math.min(1, (order.length - rank) * pValues[order[rank]]));
            adjusted[order[rank]] = largest;
        }
        return adjusted;
    }
}
