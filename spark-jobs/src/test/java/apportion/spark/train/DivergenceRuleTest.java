package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class DivergenceRuleTest {

    private static final double UNIGRAM = 3;
    private static final double UNIFORM = 5.55;

    @Test
    void aLossAboveGuessingIsDivergedAfterEnoughStepsOrAboveTheStart() {
        // 22 nats with a learning rate of 3, however short.
        assertThat(diverged(22.1, 2)).isTrue();
        assertThat(diverged(22.1, 20)).isTrue();
        assertThat(diverged(22.1, 1_000)).isTrue();
        // Between the two ways to guess: untrained after a few steps, collapsed after many.
        assertThat(diverged(4.2, 8)).isFalse();
        assertThat(diverged(4.2, 199)).isFalse();
        assertThat(diverged(4.2, 200)).isTrue();
        assertThat(diverged(2.9, 1_000)).isFalse();
    }

    @Test
    void aFewStepsFromTheStartMayBeNoiseAndAWarmUpDoesNotCount() {
        assertThat(diverged(5.6, 20)).isFalse();
        assertThat(diverged(5.7, 20)).isTrue();
        assertThat(diverged(8, 2)).isFalse();
        assertThat(diverged(5.4, -50)).isFalse();
    }

    private static boolean diverged(double loss, long stepsBehindWarmup) {
        return DivergenceRule.diverged(loss, UNIGRAM, stepsBehindWarmup, () -> UNIFORM);
    }
}
