package apportion.spark.experiment.variants;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.experiment.Measures;
import apportion.spark.experiment.Tuning;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.report.LearningCurve;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ReportTablesTest {

    private static final List<Variant> ARMS = List.of(arm("plain"), arm("other"));

    private static Variant arm(String name) {
        return new Variant(name, List.of());
    }

    private static Variants config(List<Variant> arms, Optional<String> baseline) {
        return new Variants(
                "somewhere",
                arms,
                baseline,
                List.of(arm("short rounds")),
                List.of(1L, 2L, 3L),
                Optional.empty(),
                List.of(),
                new Tuning(List.of(), 0),
                new Measures(false, false, false),
                List.of(),
                List.of(),
                1);
    }

    private static TrialRun run(String arm, long seed, @Nullable Double loss) {
        String message = loss == null ? "the loss was not finite" : null;
        return new TrialRun(
                arm + seed,
                arm,
                "short rounds",
                seed,
                0.002,
                100,
                40,
                10,
                5_120,
                16_000_000,
                2.5,
                0.1,
                loss,
                null,
                null,
                List.of(),
                LearningCurve.none(),
                message);
    }

    private static String tables(Variants config, List<TrialRun> runs) {
        return ReportTables.of(config, Comparison.all(config, runs));
    }

    private static List<TrialRun> runs(Double[] plain, Double[] other) {
        List<TrialRun> runs = new ArrayList<>();
        for (int seed = 0; seed < 3; seed++) {
            runs.add(run("plain", seed + 1, plain[seed]));
            runs.add(run("other", seed + 1, other[seed]));
        }
        return runs;
    }

    @Test
    void differencesAreTakenSeedBySeed() {
        // Seeds differ by 0.5, arms by 0.1, give or take 0.01: mean difference 0.1, deviation of differences 0.01.
        List<TrialRun> runs = runs(new Double[] {2.0, 2.5, 3.0}, new Double[] {2.1, 2.59, 3.11});

        String text = tables(config(ARMS, Optional.empty()), runs);

        // Student's t on two degrees of freedom: 4.3027 times 0.01 / sqrt 3, and 1.0607 times it more for the power.
        assertThat(text)
                .contains("| short rounds | plain | 2.5000 (")
                .contains("| short rounds | other | 2.6000 (")
                .contains("| +0.1000 (+0.0752 to +0.1248) | 0.0310 | 16.0 |\n")
                .contains("| short rounds | 40 | 10 | 5,120 |\n");
    }

    @Test
    void theBaselineMayBeNamed() {
        List<TrialRun> runs = runs(new Double[] {2.0, 2.5, 3.0}, new Double[] {2.1, 2.59, 3.11});

        String text = tables(config(ARMS, Optional.of("other")), runs);

        assertThat(text).contains("| less other's, seed by seed").contains("| -0.1000 (-0.1248 to -0.0752) |");
    }

    @Test
    void runsThatDivergedAreCountedAndLeftOut() {
        List<TrialRun> runs = runs(new Double[] {2.0, 2.5, 3.0}, new Double[] {null, null, null});

        String text = tables(config(ARMS, Optional.empty()), runs);

        assertThat(text)
                .contains("| short rounds | other | 3 of 3 diverged |  |  | 16.0 |\n")
                .contains("| short rounds | plain | 2.5000 (");
        assertThat(tables(
                        config(ARMS, Optional.empty()),
                        runs(new Double[] {null, null, null}, new Double[] {null, null, null})))
                .contains("| short rounds | plain | 3 of 3 diverged |  |  | 16.0 |\n");
    }

    @Test
    void runsAreLinesOfJson() {
        assertThat(TrialRun.lines(List.of(run("plain", 1, 2.0), run("other", 1, null))))
                .isEqualTo("""
                        {"id":"plain1","arm":"plain","condition":"short rounds","seed":1,"learningRate":0.002,"parameters":100,"steps":40,\
                        "rounds":10,"tokens":5120,"bytes":16000000,"seconds":2.5,"syncShare":0.1,"loss":2.0}
                        {"id":"other1","arm":"other","condition":"short rounds","seed":1,"learningRate":0.002,"parameters":100,"steps":40,\
                        "rounds":10,"tokens":5120,"bytes":16000000,"seconds":2.5,"syncShare":0.1,\
                        "message":"the loss was not finite"}
                        """);
    }

    @Test
    void whatCannotBeComparedIsRefused() {
        assertThatThrownBy(() -> config(List.of(arm("plain")), Optional.empty()))
                .hasMessage("arms must be two or more of different names, got [plain]");
        assertThatThrownBy(() -> config(List.of(arm("plain"), arm("plain")), Optional.empty()))
                .hasMessage("arms must be two or more of different names, got [plain, plain]");
        assertThatThrownBy(() -> config(ARMS, Optional.of("another")))
                .hasMessage("baseline must be the name of an arm, one of [plain, other], got another");
        for (String setting : List.of("train.seed=1", "train.output=a", "data.seed=1", "train.local-steps")) {
            assertThatThrownBy(() -> new Variant("arm", List.of(setting)))
                    .hasMessage(
                            "set must list settings of model and train, such as \"train.local-steps=4\", but none of"
                                    + " train.dataset, train.output, train.seed, got " + setting);
        }
    }
}
