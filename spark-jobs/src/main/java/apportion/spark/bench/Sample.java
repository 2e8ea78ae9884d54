package apportion.spark.bench;

import java.util.Arrays;
import java.util.Collection;

/** Some measurements of one thing, at least one. */
record Sample(double[] sorted) {

    static Sample of(Collection<Double> values) {
        return of(values.stream().mapToDouble(Double::doubleValue).toArray());
    }

    static Sample of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Sample(sorted);
    }

    /** The middle one; of an even number the upper of the two. */
    double median() {
        return sorted[sorted.length / 2];
    }

    /** How far they lie apart, as a share of the median. */
    double spread() {
        return (sorted[sorted.length - 1] - sorted[0]) / median();
    }
}
