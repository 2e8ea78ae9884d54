package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class PatienceTest {

    @Test
    void theLimitFollowsTheMedianAndTheSteps() {
        Patience patience = new Patience(10, 3);
        assertThat(patience.limit(new double[] {0.1, 0.1}, 5)).isInfinite();
        assertThat(patience.limit(new double[] {0.1, 9, 0.2}, 5)).isCloseTo(10.0, within(1e-9));
        assertThat(patience.limit(new double[] {0.1, 9, 0.2}, 1)).isEqualTo(3);
    }

    @Test
    void impatienceIsRefused() {
        assertThatThrownBy(() -> new Patience(1, 3)).hasMessage("factor must be above 1, got 1.0");
        assertThatThrownBy(() -> new Patience(2, 0)).hasMessage("at-least must be positive, got 0.0");
    }
}
