package apportion.spark.statistics;

import org.apache.commons.statistics.distribution.TDistribution;

/** Quantiles of Student's t. */
final class Student {

    private Student() {}

    /** Half the width of a 95% interval, in standard errors. */
    static double margin95(double degrees) {
        return quantile(0.975, degrees);
    }

    static double quantile(double probability, double degrees) {
        return TDistribution.of(degrees).inverseCumulativeProbability(probability);
    }
}
