package apportion.spark.statistics;

import java.util.Optional;

/**
 * A value and how sure it is.
 *
 * @param interval absent where neither seeds nor documents can tell how the value would vary
 */
public record Estimate(double value, Optional<Interval> interval) {

    static Estimate unsure(double value) {
        return new Estimate(value, Optional.empty());
    }

    static Estimate about(double value, double margin) {
        return new Estimate(value, Optional.of(Interval.about(value, margin)));
    }
}
