package apportion.model.allocation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.config.AttentionConfig;
import org.junit.jupiter.api.Test;

class BudgetTest {

    @Test
    void everyDivisorOfTheWidthIsALayoutFewestHeadsFirst() {
        assertThat(new Budget.Width(12).layouts())
                .containsExactly(
                        AttentionConfig.uniform(1, 12),
                        AttentionConfig.uniform(2, 6),
                        AttentionConfig.uniform(3, 4),
                        AttentionConfig.uniform(4, 3),
                        AttentionConfig.uniform(6, 2),
                        AttentionConfig.uniform(12, 1));
    }

    @Test
    void everyLayoutSpendsTheWholeWidth() {
        for (int width = 1; width <= 128; width++) {
            int spent = width;
            assertThat(new Budget.Width(width).layouts())
                    .isNotEmpty()
                    .allSatisfy(layout -> assertThat(layout.width()).isEqualTo(spent));
        }
    }

    @Test
    void aPrimeWidthHasTwoLayoutsAndOneHasOne() {
        assertThat(new Budget.Width(13).layouts()).hasSize(2);
        assertThat(new Budget.Width(1).layouts()).containsExactly(AttentionConfig.uniform(1, 1));
    }

    @Test
    void aWidthOfNothingIsRefused() {
        assertThatThrownBy(() -> new Budget.Width(0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("budget.width must be at least 1, got 0");
    }
}
