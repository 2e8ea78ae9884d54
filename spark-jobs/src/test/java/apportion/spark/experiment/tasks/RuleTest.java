package apportion.spark.experiment.tasks;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.model.config.Positions;
import apportion.spark.study.Agreement;
import apportion.spark.study.Check;
import apportion.spark.study.Claim;
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

    private static Claim claim(Rule rule, View view, Measurements measured) {
        Rule.Finding finding = rule.apply(view, measured);
        return Check.claims(List.of(new Check("source", "claimed", finding.measured(), finding.steps(), rule.words())))
                .get(0);
    }

    private static Agreement agreement(Rule rule, View view, Measurements measured) {
        return claim(rule, view, measured).agreement();
    }

    @Test
    void theBestIsToldFromTheOthersOrNot() {
        View all = view(1, 2, 4, 8);

        assertThat(agreement(new Rule.BestAmong(List.of(4, 8)), all, CLEAR)).isEqualTo(Agreement.AGREES);
        assertThat(agreement(new Rule.BestAmong(List.of(1)), all, CLEAR)).isEqualTo(Agreement.DISAGREES);
        Claim close = claim(new Rule.BestAmong(List.of(8)), all, CLEAR);
        assertThat(close.agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(close.measured())
                .startsWith("Least error with 4 heads: 0.01032 (")
                .contains(
                        "Beside it: 1 head: ",
                        "2 heads: 9.96 (",
                        " times, detectable 1.06 times, p after Holm below 0.0001; ");
    }

    @Test
    void aRatioIsToldFromTheOneThatIsSaid() {
        View all = view(1, 2, 4, 8);

        assertThat(agreement(new Rule.TimesTheBest(1, 5), all, CLEAR)).isEqualTo(Agreement.AGREES);
        assertThat(agreement(new Rule.TimesTheBest(1, 100), all, CLEAR)).isEqualTo(Agreement.DISAGREES);
        assertThat(agreement(new Rule.TimesTheBest(1, 29), all, CLEAR)).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(agreement(new Rule.TimesTheBest(8, 1), all, CLEAR)).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(claim(new Rule.TimesAnother(2, 4, 5), all, CLEAR).measured())
                .isEqualTo("It is 10.0 (10.00 to 10.0) times that of 4 heads, detectable 1.00 times, p after Holm below"
                        + " 0.0001.");
    }

    @Test
    void theLeastOneIsHeldAgainstTheNext() {
        // 4 and 8 cannot be told apart; 4 is told from 2.
        assertThat(agreement(new Rule.TimesTheBest(4, 1), view(1, 2, 4, 8), CLEAR))
                .isEqualTo(Agreement.CANNOT_TELL);
        assertThat(agreement(new Rule.TimesTheBest(4, 1), view(1, 2, 4), CLEAR)).isEqualTo(Agreement.DISAGREES);
    }

    @Test
    void nothingIsToldOfThoseThatSolveTheTask() {
        Measurements solved = measured(Map.of(
                1, List.of(1e-4, 1.1e-4, 1e-4),
                2, List.of(2e-6, 2.1e-6, 2e-6),
                4, List.of(1e-5, 1.1e-5, 1.2e-3)));

        Claim both = claim(new Rule.TimesTheBest(1, 5), view(1, 2), solved);
        assertThat(both.agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(both.measured()).isEqualTo("It is 0.00010 (9.0e-05 to 0.00012), solved as well.");
        assertThat(agreement(new Rule.BestAmong(List.of(2)), view(1, 2), solved))
                .isEqualTo(Agreement.CANNOT_TELL);
        assertThat(solved.solved(cell(4))).isFalse();
    }

    @Test
    void oneSeedTellsNothing() {
        Measurements one = measured(Map.of(1, List.of(0.3), 4, List.of(0.01)));

        assertThat(agreement(new Rule.BestAmong(List.of(4)), view(1, 4), one)).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(agreement(new Rule.TimesTheBest(1, 5), view(1, 4), one)).isEqualTo(Agreement.CANNOT_TELL);
    }

    @Test
    void whatDivergedIsNoError() {
        Map<Cell, List<TaskRun>> runs = new LinkedHashMap<>(CLEAR.runs());
        runs.put(cell(4), List.of(run(4, 0, null), run(4, 1, null), run(4, 2, null)));
        Measurements some = new Measurements(runs, Map.of());

        assertThat(view(1, 2, 4, 8).best(some).orElseThrow().heads()).isEqualTo(8);
        Claim claim = claim(new Rule.TimesAnother(2, 4, 5), view(2, 4), some);
        assertThat(claim.agreement()).isEqualTo(Agreement.CANNOT_TELL);
        assertThat(claim.measured()).isEqualTo("Trials that it needs diverged.");
    }

    @Test
    void headsOfGroupsAreFewerThanThoseInAll() {
        View groups = View.of("groups", List.of(cell(1), cell(4), cell(32), cell(256)), 4, 32);

        assertThat(groups.cells()).extracting(View.Named::heads).containsExactly(1, 8);
        assertThat(groups.at(8)).isEqualTo(cell(32));
    }
}
