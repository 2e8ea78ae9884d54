package apportion.spark.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class RankCorrelationTest {

    @Test
    void theSameOrderIsOneAndOnlyItAndItsReverseAreAsFar() {
        RankCorrelation same = RankCorrelation.of(new double[] {1, 2, 30, 4}, new double[] {-5, -4, 9, 0});

        assertThat(same.rho()).isCloseTo(1, within(1e-12));
        assertThat(same.probability()).isCloseTo(2 / 24.0, within(1e-12));
        assertThat(same.exact()).isTrue();
    }

    @Test
    void aKnownSeriesHasItsKnownCorrelation() {
        // Ranks 1..5 against 2 1 4 3 5: rho = 1 - 6 * 4 / (5 * 24). Of the 120 orders 16 have sums of squared
        // differences of at most 4, or of at least 36: 1, 4 and 3 with 0, 2 and 4, and as many reversed.
        RankCorrelation found = RankCorrelation.of(new double[] {1, 2, 3, 4, 5}, new double[] {2, 1, 4, 3, 5});

        assertThat(found.rho()).isCloseTo(0.8, within(1e-12));
        assertThat(found.probability()).isCloseTo(16 / 120.0, within(1e-12));
    }

    @Test
    void equalValuesShareTheirRank() {
        // Ranks 1.5 1.5 3 against 1 2 3: covariance 1.5 / 3, variances 1.5 / 3 and 2 / 3.
        RankCorrelation found = RankCorrelation.of(new double[] {7, 7, 8}, new double[] {1, 2, 3});

        assertThat(found.rho()).isCloseTo(Math.sqrt(0.75), within(1e-12));
        assertThat(found.probability()).isCloseTo(4 / 6.0, within(1e-12));
    }

    @Test
    void manyPairsAreJudgedByRandomOrders() {
        double[] x = IntStream.range(0, 20).mapToDouble(i -> i).toArray();
        double[] noisy = IntStream.range(0, 20).mapToDouble(i -> i * 7 % 20).toArray();

        RankCorrelation ordered = RankCorrelation.of(x, x);
        RankCorrelation shuffled = RankCorrelation.of(x, noisy);

        assertThat(ordered.exact()).isFalse();
        assertThat(ordered.probability()).isCloseTo(1 / 20_001.0, within(1e-12));
        // rho = 0.368 over 20 pairs: Student's t of 1.68 with 18 degrees of freedom has p = 0.11.
        assertThat(shuffled.probability()).isBetween(0.09, 0.13);
        assertThat(RankCorrelation.of(x, noisy)).isEqualTo(shuffled);
    }

    @Test
    void whatCannotBeRankedIsRefused() {
        assertThat(RankCorrelation.canRank(List.of(1.0, 1.0, 1.0))).isFalse();
        assertThat(RankCorrelation.canRank(List.of(1.0, 2.0))).isFalse();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RankCorrelation.of(new double[] {1, 1, 1}, new double[] {1, 2, 3}))
                .withMessageContaining("different values, got 1.0 only");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RankCorrelation.of(new double[] {1, 2}, new double[] {1, 2}))
                .withMessageContaining("at least 3, got 2 and 2");
    }
}
