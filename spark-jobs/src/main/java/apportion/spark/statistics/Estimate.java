package apportion.spark.statistics;

import java.util.Optional;
import java.util.stream.DoubleStream;

/**
 * A value and how sure it is.
 *
 * @param interval absent where neither seeds nor documents can tell how the value would vary
 */
public record Estimate(double value, Optional<Interval> interval) {

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

    static Estimate unsure(double value) {
        return new Estimate(value, Optional.empty());
    }

    static Estimate about(double value, double margin) {
        return new Estimate(value, Optional.of(Interval.about(value, margin)));
    }
}
