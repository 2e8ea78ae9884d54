package apportion.spark.experiment.tasks;

import apportion.spark.experiment.Tasks;
import apportion.spark.study.Check;
import apportion.spark.study.Claim;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The statements that an experiment checks, each applied to what was measured. */
final class TaskClaims {

    private static final String ALLOCATION = "arXiv 2510.03784";
    private static final String MAXIMA = "arXiv 2510.06662";
    private static final int MOST_HEADS = 32;
    private static final int GROUPS = 4;

    private final Tasks experiment;
    private final List<Cell> cells;
    private final Measurements measured;
    private final List<Check> checks = new ArrayList<>();

    private TaskClaims(Tasks experiment, Measurements measured) {
        this.experiment = experiment;
        this.cells = TaskTrial.cells(experiment);
        this.measured = measured;
    }

    static List<Claim> of(Tasks experiment, Measurements measured) {
        TaskClaims claims = new TaskClaims(experiment, measured);
        switch (experiment.statements()) {
            case FOUR_GRAM -> claims.fourGram();
            case MAX_OF_FOUR -> claims.maxOfFour();
            case THEORY -> claims.theory();
            case NONE -> {}
        }
        return Check.claims(claims.checks);
    }

    private List<Cell> alike(Cell first) {
        return cells.stream()
                .filter(cell -> cell.positions().equals(first.positions()) && cell.time() == first.time())
                .toList();
    }

    /** One of each position and length. */
    private List<Cell> curves() {
        int fewest = experiment.grid().heads().get(0);
        return cells.stream().filter(cell -> cell.heads() == fewest).toList();
    }

    private void check(String source, String claimed, View view, Rule rule) {
        Rule.Finding finding = rule.apply(view, measured);
        checks.add(new Check(source + "; " + view.name(), claimed, finding.measured(), finding.steps(), rule.words()));
    }

    private void fourGram() {
        figure();
        theory();
    }

    private void figure() {
        for (Cell first : curves()) {
            View inGroups =
                    View.of(first.positionsName() + ", heads of each of 4 groups", alike(first), GROUPS, MOST_HEADS);
            View inAll = View.of(first.positionsName() + ", heads in all", alike(first), 1, MOST_HEADS);
            fourGram(inGroups);
            fourGram(inAll);
        }
    }

    private void fourGram(View view) {
        check(
                ALLOCATION,
                "8 or 16 heads are best (figure: 0.0167 and 0.0234).",
                view,
                new Rule.BestAmong(List.of(8, 16)));
        check(
                ALLOCATION,
                "1 head errs at least 5 times as much as the best (figure: 0.3197).",
                view,
                new Rule.TimesTheBest(1, 5));
        check(
                ALLOCATION,
                "2 heads err at least 5 times as much as the best (figure: 0.3174).",
                view,
                new Rule.TimesTheBest(2, 5));
        check(
                ALLOCATION,
                "4 heads err at least twice as much as the best (figure: 0.1129).",
                view,
                new Rule.TimesTheBest(4, 2));
        check(ALLOCATION, "32 heads are worse than the best (figure: 0.0559).", view, new Rule.TimesTheBest(32, 1));
    }

    /** Among all heads that were tried: beyond the figure's, too. */
    private void theory() {
        Optional<Theory> theory = Theory.of(experiment);
        if (theory.isEmpty() || !experiment.grid().heads().contains(theory.get().heads())) {
            return;
        }
        int heads = theory.get().heads();
        for (Cell first : curves()) {
            check(
                    ALLOCATION,
                    heads + " heads, those of the least bound by our solver, are best.",
                    View.of(first.positionsName() + ", all heads that were tried", alike(first), 1, Integer.MAX_VALUE),
                    new Rule.BestAmong(List.of(heads)));
        }
    }

    private void maxOfFour() {
        for (Cell first : curves()) {
            if (first.time() >= 32) {
                View view = View.of("heads in all", alike(first), 1, Integer.MAX_VALUE);
                check(
                        MAXIMA,
                        "With " + first.time()
                                + " vectors the error falls at least 10 times from 3 heads to 4 (the paper: 100 times).",
                        view,
                        new Rule.TimesAnother(3, 4, 10));
            }
        }
        List<Integer> times = experiment.grid().times();
        int shortest = times.get(0);
        int longest = times.get(times.size() - 1);
        for (int heads = 1; heads < 4 && longest > shortest; heads++) {
            grows(heads, shortest, longest);
        }
    }

    private void grows(int heads, int shortest, int longest) {
        Cell few = new Cell(experiment.grid().positions().get(0), shortest, heads);
        Cell many = new Cell(experiment.grid().positions().get(0), longest, heads);
        Rule.Finding finding =
                Rule.times(measured, many, few, 1, " times that of sequences of " + shortest + " vectors");
        checks.add(new Check(
                MAXIMA,
                "With " + heads + (heads == 1 ? " head" : " heads")
                        + ", fewer than 4, the error grows with the length: from " + shortest + " to " + longest
                        + " vectors.",
                finding.measured(),
                finding.steps(),
                Rule.above(1)));
    }
}
