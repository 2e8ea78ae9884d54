package apportion.spark.report.statistics;

import org.apache.commons.statistics.distribution.TDistribution;

/**
 * An estimated variance and the degrees of freedom that it rests on.
 *
 * @param variance of the estimate, not of a single observation
 * @param degrees may be fractional; at least 1
 */
record Spread(double variance, double degrees) {

    static final double LEVEL = 0.95;

    /** The variance of a sum of independent parts; degrees of freedom after Satterthwaite 1946. */
    static Spread sum(Spread a, Spread b) {
        double variance = a.variance + b.variance;
        if (variance == 0) {
            return new Spread(0, Math.min(a.degrees, b.degrees));
        }
        // Shares instead of squared variances: those of very small losses would underflow.
        double shareA = a.variance / variance;
        double shareB = b.variance / variance;
        return new Spread(variance, 1 / (shareA * shareA / a.degrees + shareB * shareB / b.degrees));
    }

    double standardError() {
        return Math.sqrt(variance);
    }

    /** Half the width of the 95% interval of this estimate alone. */
    double margin() {
        return standardError() * quantile(1 - (1 - LEVEL) / 2);
    }

    /** Half the width of an interval that holds, at 95%, for all pairs of {@code groups} estimates at once. */
    double marginAmong(int groups) {
        return standardError() * StudentizedRange.quantile(LEVEL, groups, degrees) / Math.sqrt(2);
    }

    /** Quantile of Student's t. */
    double quantile(double probability) {
        return TDistribution.of(degrees).inverseCumulativeProbability(probability);
    }
}
