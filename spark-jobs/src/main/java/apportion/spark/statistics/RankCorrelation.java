package apportion.spark.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Spearman's rank correlation of two series, with the permutation test of no association.
 *
 * @param rho Pearson's correlation of the ranks, equal values sharing their mean rank
 * @param pairs how many
 * @param probability two-sided: share of all orders of one series whose correlation is as far from 0 as this one
 * @param exact whether all orders were looked at, or many random ones, among which the given one counts
 */
public record RankCorrelation(double rho, int pairs, double probability, boolean exact) {

    /** Of fewer pairs nothing can be said. */
    public static final int FEWEST_PAIRS = 3;

    /** The 8! orders of 8 are looked at in a moment. */
    private static final int MOST_EXACT = 8;

    private static final int RANDOM_ORDERS = 20_000;
    private static final long SEED = 1;

    /** What rounding may take from a correlation that is equal. */
    private static final double TOLERANCE = 1e-9;

    /**
     * Correlates.
     *
     * @throws IllegalArgumentException if the series have different lengths, fewer than {@link #FEWEST_PAIRS} values,
     *     or only one value again and again
     */
    public static RankCorrelation of(double[] x, double[] y) {
        if (x.length != y.length || x.length < FEWEST_PAIRS) {
            throw new IllegalArgumentException("a rank correlation needs two series of one length, at least "
                    + FEWEST_PAIRS + ", got " + x.length + " and " + y.length);
        }
        double[] first = standardRanks(x);
        double[] second = standardRanks(y);
        double rho = product(first, second);
        double least = Math.abs(rho) - TOLERANCE;
        boolean exact = x.length <= MOST_EXACT;
        double share = exact ? shareOfAll(first, second, least) : shareOfRandom(first, second, least);
        return new RankCorrelation(Math.max(-1, Math.min(1, rho)), x.length, share, exact);
    }

    /** Whether a series is long enough, and has two values. */
    public static boolean canRank(List<Double> series) {
        return series.size() >= FEWEST_PAIRS && series.stream().distinct().count() > 1;
    }

    /** Ranks of mean 0, whose squares add up to 1. */
    private static double[] standardRanks(double[] values) {
        double[] ranks = Arrays.stream(values)
                .map(value -> Arrays.stream(values)
                        .map(other -> other < value ? 1 : other == value ? 0.5 : 0)
                        .sum())
                .toArray();
        double mean = values.length / 2.0;
        double norm = Math.sqrt(
                Arrays.stream(ranks).map(rank -> (rank - mean) * (rank - mean)).sum());
        if (norm == 0) {
            throw new IllegalArgumentException("a rank correlation needs different values, got " + values[0] + " only");
        }
        return Arrays.stream(ranks).map(rank -> (rank - mean) / norm).toArray();
    }

    private static double product(double[] x, double[] y) {
        return IntStream.range(0, x.length).mapToDouble(i -> x[i] * y[i]).sum();
    }

    private static double shareOfAll(double[] x, double[] y, double least) {
        long[] farAndAll = new long[2];
        permute(x, y.clone(), 0, least, farAndAll);
        return (double) farAndAll[0] / farAndAll[1];
    }

    private static void permute(double[] x, double[] y, int place, double least, long[] farAndAll) {
        if (place == y.length) {
            farAndAll[0] += Math.abs(product(x, y)) >= least ? 1 : 0;
            farAndAll[1]++;
            return;
        }
        for (int i = place; i < y.length; i++) {
            swap(y, place, i);
            permute(x, y, place + 1, least, farAndAll);
            swap(y, place, i);
        }
    }

    private static double shareOfRandom(double[] x, double[] y, double least) {
        SplittableRandom random = new SplittableRandom(SEED);
        double[] order = y.clone();
        long far = 1;
        for (int k = 0; k < RANDOM_ORDERS; k++) {
            for (int i = order.length - 1; i > 0; i--) {
                swap(order, i, random.nextInt(i + 1));
            }
            far += Math.abs(product(x, order)) >= least ? 1 : 0;
        }
        return far / (RANDOM_ORDERS + 1.0);
    }

    private static void swap(double[] values, int i, int j) {
        double kept = values[i];
        values[i] = values[j];
        values[j] = kept;
    }
}
