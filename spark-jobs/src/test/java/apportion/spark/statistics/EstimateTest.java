package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class EstimateTest {

    /** Ranks from tables of the sign test's interval: 6th to 16th of 21, least to greatest of 6. */
    @Test
    void aMediansIntervalGoesFromOneOfTheValuesToItsMirrorImage() {
        double[] shuffled =
                IntStream.rangeClosed(1, 21).mapToDouble(i -> i * 8 % 21).toArray();

        assertThat(Estimate.ofMedian(shuffled).value()).isEqualTo(10);
        assertThat(Estimate.ofMedian(shuffled).interval()).contains(new Interval(5, 15));
        assertThat(Estimate.ofMedian(6, 1, 5, 2, 4, 3).value()).isEqualTo(3.5);
        assertThat(Estimate.ofMedian(6, 1, 5, 2, 4, 3).interval()).contains(new Interval(1, 6));
    }

    @Test
    void fewValuesSayNothingOfAMediansNoise() {
        assertThat(Estimate.ofMedian(1, 2, 3, 4, 5).interval()).isEmpty();
        assertThat(Estimate.ofMedian(7).value()).isEqualTo(7);
    }
}
