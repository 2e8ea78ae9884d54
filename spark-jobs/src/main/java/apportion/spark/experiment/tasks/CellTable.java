package apportion.spark.experiment.tasks;

import apportion.spark.experiment.Tasks;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Quantity;
import apportion.spark.study.Section;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** All cells of an experiment with their errors, and each against the best of its curve. */
final class CellTable {

    private CellTable() {}

    /**
     * A cell, as {@code report.json} has it. Logarithms are decadic.
     *
     * @param logError null if every trial diverged
     * @param logToBest error over that of the best cell of the same positions and length; null for that cell
     * @param adjusted p-value that they are equal, after Holm over all cells; null where nothing is known of the noise
     * @param logDetectable true ratio that would be told from 1 with a chance of 80%, before Holm's correction
     * @param atEdge whether the learning rate is the least or the largest of those tried
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(
            String positions,
            int time,
            int heads,
            int headDim,
            double learningRate,
            boolean atEdge,
            @Nullable Quantity logError,
            @Nullable Quantity logToBest,
            @Nullable Double adjusted,
            @Nullable Double logDetectable,
            List<TaskRun> trials,
            List<TaskRun> tuning) {}

    static List<Row> rows(Tasks experiment, Measurements measured) {
        List<Cell> cells = TaskTrial.cells(experiment);
        List<Optional<Measurements.Comparison>> comparisons = cells.stream()
                .map(cell -> best(cells, cell, measured).flatMap(best -> measured.compare(cell, best)))
                .toList();
        double[] adjusted = Holm.adjusted(comparisons.stream()
                .flatMap(Optional::stream)
                .filter(comparison -> comparison.pValue().isPresent())
                .mapToDouble(comparison -> comparison.pValue().getAsDouble())
                .toArray());
        int next = 0;
        List<Row> rows = new ArrayList<>();
        for (int i = 0; i < cells.size(); i++) {
            Optional<Measurements.Comparison> comparison = comparisons.get(i);
            boolean known = comparison.isPresent() && comparison.get().pValue().isPresent();
            rows.add(row(experiment, measured, cells.get(i), comparison, known ? (Double) adjusted[next++] : null));
        }
        return rows;
    }

    private static Optional<Cell> best(List<Cell> cells, Cell like, Measurements measured) {
        List<Cell> curve = cells.stream()
                .filter(cell -> cell.positions().equals(like.positions()) && cell.time() == like.time())
                .toList();
        return View.of("", curve, 1, Integer.MAX_VALUE).best(measured).map(View.Named::cell);
    }

    private static Row row(
            Tasks experiment,
            Measurements measured,
            Cell cell,
            Optional<Measurements.Comparison> toBest,
            @Nullable Double adjusted) {
        List<TaskRun> trials = measured.runs().getOrDefault(cell, List.of());
        List<Double> rates = experiment.training().learningRates();
        double rate = trials.get(0).learningRate();
        return new Row(
                cell.positionsName(),
                cell.time(),
                cell.heads(),
                experiment.grid().attention(cell.heads()).groups().get(0).headDim(),
                rate,
                rates.size() > 1 && (rate == rates.get(0) || rate == rates.get(rates.size() - 1)),
                measured.error(cell).map(Quantity::of).orElse(null),
                toBest.map(comparison -> Quantity.of(comparison.ratio())).orElse(null),
                adjusted,
                toBest.filter(comparison -> comparison.detectable().isPresent())
                        .map(comparison -> comparison.detectable().getAsDouble())
                        .orElse(null),
                trials,
                measured.tuned().getOrDefault(cell, List.of()));
    }

    static Section of(Tasks experiment, Measurements measured) {
        boolean manyTimes = experiment.grid().times().size() > 1;
        boolean manyPositions = experiment.grid().positions().size() > 1;
        Element body = Element.of("tbody");
        List<Row> rows = rows(experiment, measured);
        List<Cell> cells = TaskTrial.cells(experiment);
        for (int i = 0; i < rows.size(); i++) {
            Row row = rows.get(i);
            boolean best = row.logToBest() == null && row.logError() != null;
            long finished =
                    row.trials().stream().filter(run -> run.error() != null).count();
            body.add(Html.row(
                            row.heads() + "\u00a0\u00d7\u00a0" + row.headDim()
                                    + (manyTimes ? ", " + row.time() + " vectors" : "")
                                    + (manyPositions ? ", " + cells.get(i).shortName() : "")
                                    + (best ? " \u25c6" : ""),
                            row.logError() == null ? "diverged" : power(row.logError()),
                            row.logToBest() == null ? "\u2013" : power(row.logToBest()),
                            row.adjusted() == null ? "\u2013" : Numbers.pValue(row.adjusted()),
                            row.logDetectable() == null ? "\u2013" : power(row.logDetectable()),
                            row.learningRate() + (row.atEdge() ? "*" : ""),
                            finished + " of " + row.trials().size(),
                            Numbers.count(row.trials().get(0).parameters()))
                    .with("class", best ? "is-best" : "is-other"));
        }
        boolean edge = rows.stream().anyMatch(Row::atEdge);
        Element table = Html.table(
                        "Cells",
                        "heads \u00d7 dim",
                        "NMSE (95% interval)",
                        "times the best (95% interval)",
                        "p after Holm",
                        "detectable",
                        "learning rate",
                        "finished",
                        "parameters")
                .add(body);
        return Section.of(
                "Numbers",
                Html.scrolling(table).with("class", "scroll broad"),
                Element.of(
                                "p",
                                "\u25c6: the least error of its positions and length, with which the others are compared,"
                                        + " paired over seeds. Detectable: the ratio that would be told from 1 with a chance of"
                                        + " 80%."
                                        + (edge
                                                ? " *: the least or the largest learning rate that was tried, so a better one may"
                                                        + " lie beyond."
                                                : ""))
                        .with("class", "note"));
    }

    private static String power(Quantity logarithm) {
        Double low = logarithm.low();
        Double high = logarithm.high();
        return power(logarithm.value())
                + (low == null || high == null ? "" : " (" + power(low) + " to " + power(high) + ")");
    }

    private static String power(double logarithm) {
        return Numbers.significant(Math.pow(10, logarithm), 2);
    }
}
