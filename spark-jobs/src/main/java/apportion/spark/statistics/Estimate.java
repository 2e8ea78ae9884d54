package apportion.spark.statistics;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * A value and how sure it is.
 *
 * @param interval absent where neither seeds nor documents can tell how the value would vary
 */
public record Estimate(double value, Optional<Interval> interval) {

    private static final double LEVEL = 0.95;

    /** The mean of independent values, at least one, with Student's interval where there are two. */
    public static Estimate ofMean(double... values) {
        double mean = DoubleStream.of(values).average().orElseThrow();
        if (values.length < 2) {
            return unsure(mean);
        }
        double squares = DoubleStream.of(values)
                .map(value -> (value - mean) * (value - mean))
                .sum();
        double error = Math.sqrt(squares / (values.length - 1) / values.length);
        return about(mean, Student.margin95(values.length - 1) * error);
    }

    /**
     * The median of independent values, at least one, with the interval from one of them to another that holds the
     * median of their distribution, whatever that is, with a chance of at least 95%; absent for fewer than six.
     */
    public static Estimate ofMedian(double... values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int n = sorted.length;
        double median = (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
        // The value of this rank from below, and its mirror image, miss it if so few or fewer lie on one side.
        int rank = 0;
        double tail = Math.pow(0.5, n);
        double term = tail;
        while (tail <= (1 - LEVEL) / 2) {
            rank++;
            term *= (n - rank + 1.0) / rank;
            tail += term;
        }
        return rank == 0
                ? unsure(median)
                : new Estimate(median, Optional.of(new Interval(sorted[rank - 1], sorted[n - rank])));
    }

    static Estimate unsure(double value) {
        return new Estimate(value, Optional.empty());
    }

    static Estimate about(double value, double margin) {
        return new Estimate(value, Optional.of(Interval.about(value, margin)));
    }
}
