package apportion.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.conf.ConfigError;
import apportion.spark.conf.ModelSettings;
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
                "sweep.axes.head-dims=[4]                      | axes.head-dims are tried with each of heads; list those in sweep.heads",
                "'sweep.claims=[{ source = a, claimed = b, order = [1x96, two] }]' | claims must name layouts of this sweep, any of [",
                "sweep.axes.scoring=[]                         | scoring must list configured alone",
                "'sweep.axes.scoring=[configured, inverse]'    | scoring must list configured alone",
                "'sweep.axes.scoring=[inverse, inverse]'       | scoring must list each one once, got [inverse, inverse]",
                "sweep.axes.scoring=[inverse-rot]              | did you mean inverse-root?",
                "'sweep.axes.schedules=[{ name = a }]'         | schedule a must have per-layer or theory, and not both",
                "'sweep.axes.schedules=[{ name = a b, per-layer = [{ heads = 2 }] }]' | name must begin with a letter",
                "sweep.equal=parameter                         | did you mean parameters?",
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

    private static List<String> tried(String... overrides) {
        Settings settings = settings(overrides);
        SweepConfig sweep = settings.bind("sweep", SweepConfig.class).get();
        return priced(sweep, settings).stream()
                .map(each -> each.layout() + " " + each.layout().feedForward() + " " + each.deviation())
                .toList();
    }

    private static List<Layouts.Priced> priced(SweepConfig sweep, Settings settings) {
        return new Layouts(sweep, settings.bind("model", ModelSettings.class).get(), 50).priced();
    }

    /** Two layers of width 12 with a feed-forward width of 40, and a budget of 12. */
    private static Settings settings(String... overrides) {
        List<String> all = new ArrayList<>(List.of(
                "sweep.output=out",
                "sweep.budget=12",
                "sweep.heads=[2, 3]",
                "model={ layers = 2, width = 12, context = 10, feed-forward.width = 40 }"));
        all.addAll(List.of(overrides));
        return Settings.load(Optional.empty(), all);
    }

    @Test
    void headsAndTheirDimensionAreFreeOfEachOther() {
        assertThat(tried("sweep.axes.head-dims=[4, 8]"))
                .containsExactly("2x4 40 0", "2x8 40 0", "3x4 40 0", "3x8 40 0");
    }

    @Test
    void everyLayoutIsScoredInEveryWay() {
        assertThat(tried("sweep.axes.scoring=[inverse-root, inverse, qk-norm]"))
                .containsExactly(
                        "2x6 inverse-root 40 0",
                        "3x4 inverse-root 40 0",
                        "2x6 inverse 40 0",
                        "3x4 inverse 40 0",
                        "2x6 qk-norm 40 0",
                        "3x4 qk-norm 40 0");
    }

    /** A layer's attention has 4 * 12 numbers for each unit of its width, and a unit of feed-forward 2 * 12. */
    @Test
    void feedForwardTakesUpTheDifferenceInParameters() {
        assertThat(tried("sweep.equal=parameters", "sweep.axes.head-dims=[4, 6]"))
                .containsExactly("2x4 48 0", "2x6 40 0", "3x4 40 0", "3x6 28 0");
        // Gains of 2 * 6 and 2 * 4 numbers in each of two layers are half and a third of a unit: 24 and 16 of 48.
        assertThat(tried("sweep.equal=parameters", "sweep.axes.scoring=[qk-norm]"))
                .containsExactly("2x6 qk-norm 40 24", "3x4 qk-norm 40 16");
    }

    /**
     * Scores and their mix add to the operations of a unit of attention width, 10 * 48 products of a sequence, 2 * 55;
     * a unit of feed-forward has 10 * 24. So 6 units more cost 14.75 of feed-forward, and 15 are taken: 0.25 too many,
     * which are 2 layers * 2 operations * 60 products.
     */
    @Test
    void feedForwardTakesUpTheDifferenceInOperations() {
        assertThat(tried("sweep.equal=flops", "sweep.axes.head-dims=[6]")).containsExactly("2x6 40 0", "3x6 25 -240");
    }

    @Test
    void whatNoFeedForwardCanPayForIsRefused() {
        assertThatThrownBy(() -> tried("sweep.equal=parameters", "sweep.axes.head-dims=[20]"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("room for a feed-forward width of at least 1")
                .hasMessageContaining("got 2x20");
    }

    @Test
    void schedulesStandBesideTheOthers() {
        assertThat(tried("sweep.axes.schedules=[{ name = early, per-layer = [{ heads = 4, head-dim = 4 }, { heads = 2,"
                        + " head-dim = 4 }] }, { name = theory, theory = { kernel = \"n-gram:2\", token-dim = 2,"
                        + " early = 1, late-head-dim = 1 } }]"))
                .containsExactly("2x6 40 0", "3x4 40 0", "early 40 0", "theory 40 0");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{ heads = 4, head-dim = 4 }, { heads = 4, head-dim = 4 }' | early must spend the budget of all layers, 12 * 2 = 24, got [4x4, 4x4] = 32",
                "'{ heads = 4, head-dim = 3 }'                              | early must have a division for each of the 2 layers, got 1",
                "'{ heads = 5 }, { heads = 1 }'                             | heads must divide the budget of 12, got 5; the nearest that do: 4 or 6",
            })
    void aScheduleThatDoesNotFitIsRefused(String layers, String message) {
        assertThatThrownBy(() -> tried("sweep.axes.schedules=[{ name = early, per-layer = [" + layers + "] }]"))
                .hasMessageContaining(message);
    }
}
