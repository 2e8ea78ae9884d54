package apportion.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.conf.ConfigError;
import apportion.spark.conf.Settings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SweepConfigTest {

    private static SweepConfig config(String... overrides) {
        List<String> all = new ArrayList<>(List.of("sweep.output=out", "sweep.budget=12", "sweep.seeds=[1, 2]"));
        all.addAll(List.of(overrides));
        return Settings.load(Optional.empty(), all)
                .bind("sweep", SweepConfig.class)
                .get();
    }

    @Test
    void withoutLayoutsEveryDivisorOfTheBudgetIsTried() {
        assertThat(config().attention()).hasToString("[1x12, 2x6, 3x4, 4x3, 6x2, 12x1]");
    }

    @Test
    void headsAndLayoutsKeepTheOrderOfTheFile() {
        assertThat(config("sweep.heads=[4, 1]").attention()).hasToString("[4x3, 1x12]");
        assertThat(config("sweep.layouts=[{ heads = 2, head-dim = 6 }, { heads = 1, head-dim = 12 }]")
                        .attention())
                .hasToString("[2x6, 1x12]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "sweep.output=null                             | output must name the directory of the sweep",
                "sweep.seeds=[]                                | seeds must be one or more different numbers, got []",
                "sweep.seeds=[3, 3]                            | seeds must be one or more different numbers, got [3, 3]",
                "sweep.seeds=[1.5]                             | sweep.seeds",
                "sweep.slots-per-trial=0                       | slots-per-trial must be at least 1, got 0",
                "sweep.heads=[5]                               | 5",
                "sweep.heads=[0]                               | 0",
                "sweep.heads=[2, 2]                            | heads must list each layout once, got [2x6, 2x6]",
                "'sweep.layouts=[{ heads = 5, head-dim = 2 }]' | layouts must spend the budget of 12, got 5x2 = 10",
                "sweep.budget=0                                | 0",
            })
    void whatCannotBeTriedIsRefused(String override, String message) {
        assertThatThrownBy(() -> config(override))
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining("--set " + override)
                .hasMessageContaining(message);
    }

    @Test
    void headsAndLayoutsTogetherAreRefused() {
        assertThatThrownBy(() -> config("sweep.heads=[1]", "sweep.layouts=[{ heads = 1, head-dim = 12 }]"))
                .isInstanceOf(ConfigError.class)
                .hasMessageContaining("leave one of them out");
    }
}
