package apportion.spark.study;

import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Interval;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A value in {@code report.json}.
 *
 * @param low end of its 95% interval; null where nothing is known of the noise, as the file then has no such field
 * @param high likewise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Quantity(
        double value, @Nullable Double low, @Nullable Double high) {

    /** An estimate as the file has it. */
    public static Quantity of(Estimate estimate) {
        return new Quantity(
                estimate.value(),
                estimate.interval().map(Interval::low).orElse(null),
                estimate.interval().map(Interval::high).orElse(null));
    }
}
