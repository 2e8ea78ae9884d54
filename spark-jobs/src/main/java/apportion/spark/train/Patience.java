package apportion.spark.train;

import java.util.Arrays;

/**
 * How long a round may take.
 *
 * @param factor times the median of the rounds before
 * @param atLeast seconds
 */
public record Patience(double factor, double atLeast) {

    /** Rounds whose median says something. */
    private static final int ENOUGH = 3;

    public Patience {
        if (!(factor > 1)) {
            throw new IllegalArgumentException("factor must be above 1, got " + factor);
        }
        if (!(atLeast > 0)) {
            throw new IllegalArgumentException("at-least must be positive, got " + atLeast);
        }
    }

    /**
     * Seconds that steps may take; infinite while too few rounds are known.
     *
     * @param secondsPerStep of the rounds before
     */
    double limit(double[] secondsPerStep, long steps) {
        if (secondsPerStep.length < ENOUGH) {
            return Double.POSITIVE_INFINITY;
        }
        double[] sorted = secondsPerStep.clone();
        Arrays.sort(sorted);
        return Math.max(atLeast, factor * sorted[sorted.length / 2] * steps);
    }
}
