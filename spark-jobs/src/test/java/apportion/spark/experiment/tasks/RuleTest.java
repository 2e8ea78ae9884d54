package apportion.spark.experiment.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.model.config.Positions;
import apportion.spark.study.Agreement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RuleTest {

    private static Cell cell(int heads) {
        return new Cell(new Positions.Alibi(), 16, heads);
    }

    private static TaskRun run(int heads, long seed, @Nullable Double error) {
        return new TaskRun(heads + "/" + seed, "ALiBi", 16, heads, 0.01, seed, 100, error, List.of(), 1);
    }

    /** Errors of each number of heads, one a seed. */
    private static Measurements measured(Map<Integer, List<Double>> errors) {
        Map<Cell, List<TaskRun>> runs = new LinkedHashMap<>();
        errors.forEach((heads, all) -> {
            List<TaskRun> ofHeads = new ArrayList<>();
            for (int seed = 0; seed < all.size(); seed++) {
                ofHeads.add(run(heads, seed, all.get(seed)));
            }
            runs.put(cell(heads), ofHeads);
        });
        return new Measurements(runs, Map.of());
    }

    private static View view(Integer... heads) {
        return View.of("all", List.of(heads).stream().map(RuleTest::cell).toList(), 1, 1000);
    }

    private static final Measurements CLEAR = measured(Map.of(
            1, List.of(0.30, 0.31, 0.29),
            2, List.of(0.10, 0.11, 0.10),
            4, List.of(0.010, 0.011, 0.010),
            8, List.of(0.0102, 0.0108, 0.0101)));

    @Test
    void theBestIsToldFromTheOthersOrNot() {
        assertThat(new Rule.BestAmong(List.of(4, 8))
                        .apply(view(1, 2, 4, 8), CLEAR)
                        .agreement())
                .isEqualTo(Agreement.AGREES);
        assertThat(new Rule.BestAmong(List.of(1)).apply(view(1, 2, 4, 8), CLEAR).agreement())
                .isEqualTo(Agreement.DISAGREES);
        Rule.Finding close = new Rule.BestAmong(List.of(8)).apply(view(1, 2, 4, 8), CLEAR);
        assertThat(close.agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(close.measured()).startsWith("Least error with 4 heads: 0.01032 (");
    }

    @Test
    void aRatioIsHeldAgainstItsWholeInterval() {
        View all = view(1, 2, 4, 8);

        assertThat(new Rule.TimesTheBest(1, 5).apply(all, CLEAR).agreement()).isEqualTo(Agreement.AGREES);
        assertThat(new Rule.TimesTheBest(1, 100).apply(all, CLEAR).agreement()).isEqualTo(Agreement.DISAGREES);
        assertThat(new Rule.TimesTheBest(1, 29).apply(all, CLEAR).agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(new Rule.TimesTheBest(8, 1).apply(all, CLEAR).agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(new Rule.TimesTheBest(4, 1).apply(all, CLEAR))
                .isEqualTo(new Rule.Finding("4 is itself the best.", Agreement.DISAGREES));
        assertThat(new Rule.TimesAnother(2, 4, 5).apply(all, CLEAR).measured())
                .matches("It is 10\\.0 \\(\\d+\\.\\d+ to \\d+\\.\\d+\\) times that of 4 heads\\.");
    }

    @Test
    void thoseThatSolveTheTaskAreAlike() {
        Measurements solved = measured(Map.of(
                1, List.of(1e-4, 1.1e-4, 1e-4),
                2, List.of(2e-6, 2.1e-6, 2e-6),
                4, List.of(1e-5, 1.1e-5, 1.2e-3)));
        View all = view(1, 2, 4);

        assertThat(new Rule.TimesTheBest(1, 5).apply(all, solved).agreement()).isEqualTo(Agreement.DISAGREES);
        assertThat(new Rule.TimesAnother(1, 2, 5).apply(all, solved).measured())
                .startsWith("Both solve the task: 0.00010 (");
        assertThat(new Rule.BestAmong(List.of(2)).apply(view(1, 2), solved).agreement())
                .isEqualTo(Agreement.CANNOT_TELL);
        assertThat(solved.solved(cell(4))).isFalse();
    }

    @Test
    void oneSeedTellsNothing() {
        Measurements one = measured(Map.of(1, List.of(0.3), 4, List.of(0.01)));

        assertThat(new Rule.BestAmong(List.of(4)).apply(view(1, 4), one).agreement())
                .isEqualTo(Agreement.CANNOT_TELL);
        assertThat(new Rule.TimesTheBest(1, 5).apply(view(1, 4), one).agreement())
                .isEqualTo(Agreement.CANNOT_TELL);
    }

    @Test
    void whatDivergedIsNoError() {
        Map<Cell, List<TaskRun>> runs = new LinkedHashMap<>(CLEAR.runs());
        runs.put(cell(4), List.of(run(4, 0, null), run(4, 1, null), run(4, 2, null)));
        Measurements some = new Measurements(runs, Map.of());

        assertThat(view(1, 2, 4, 8).best(some).orElseThrow().heads()).isEqualTo(8);
        assertThat(new Rule.TimesAnother(2, 4, 5).apply(view(2, 4), some).agreement())
                .isEqualTo(Agreement.CANNOT_TELL);
    }

    @Test
    void headsOfGroupsAreFewerThanThoseInAll() {
        View groups = View.of("groups", List.of(cell(1), cell(4), cell(32), cell(256)), 4, 32);

        assertThat(groups.cells()).extracting(View.Named::heads).containsExactly(1, 8);
        assertThat(groups.at(8)).isEqualTo(cell(32));
    }
}
