package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variants;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.study.Section;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What each arm's models are under each condition beside their loss: sizes, learning rates, what rounding costs, and
 * where the tokens' vectors went. Means over the runs that ended well.
 */
final class ModelsTable {

    /**
     * One arm under one condition, as {@code report.json} has it.
     *
     * @param rateAtEdge whether the learning rate is the lowest or the highest that was tried
     * @param int8 loss of the rounded weights less that of the weights themselves; null if not measured
     * @param drift null if not measured
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Row(
            String condition,
            String arm,
            long parameters,
            double learningRate,
            boolean rateAtEdge,
            @Nullable Double int8,
            @Nullable MeanDrift drift) {}

    private ModelsTable() {}

    static List<Row> rows(Variants config, List<TrialRun> runs) {
        List<Row> rows = new ArrayList<>();
        config.conditions()
                .forEach(condition -> config.arms()
                        .forEach(arm -> rows.add(row(
                                config,
                                runs.stream()
                                        .filter(run -> run.condition().equals(condition.name())
                                                && run.arm().equals(arm.name()))
                                        .toList()))));
        return rows;
    }

    private static Row row(Variants config, List<TrialRun> runs) {
        TrialRun first = runs.get(0);
        List<Double> tried = config.tuning().learningRates().stream().sorted().toList();
        boolean atEdge = tried.size() > 1
                && (first.learningRate() == tried.get(0) || first.learningRate() == tried.get(tried.size() - 1));
        List<TrialRun> rounded = runs.stream()
                .filter(run -> run.int8Loss() != null && run.loss() != null)
                .toList();
        OptionalDouble int8 = rounded.stream()
                .mapToDouble(run -> Objects.requireNonNull(run.int8Loss()) - Objects.requireNonNull(run.loss()))
                .average();
        return new Row(
                first.condition(),
                first.arm(),
                first.parameters(),
                first.learningRate(),
                atEdge,
                int8.isPresent() ? int8.getAsDouble() : null,
                drift(runs));
    }

    private static @Nullable MeanDrift drift(List<TrialRun> runs) {
        List<MeanDrift> all =
                runs.stream().flatMap(run -> Stream.ofNullable(run.drift())).toList();
        return all.isEmpty()
                ? null
                : new MeanDrift(
                        mean(all, MeanDrift::cosineToStart),
                        mean(all, MeanDrift::normToStart),
                        mean(all, MeanDrift::cosineToOutput));
    }

    private static double mean(List<MeanDrift> all, ToDoubleFunction<MeanDrift> part) {
        return all.stream().mapToDouble(part).average().orElseThrow();
    }

    static Section section(List<Row> rows) {
        Element body = Element.of("tbody");
        for (Row row : rows) {
            MeanDrift drift = row.drift();
            body.add(Html.row(
                    row.arm(),
                    row.condition(),
                    Numbers.count(row.parameters()),
                    row.learningRate() + (row.rateAtEdge() ? " (edge)" : ""),
                    row.int8() == null ? "\u2013" : Numbers.fixed(row.int8(), 5),
                    drift == null ? "\u2013" : Numbers.fixed(drift.cosineToStart(), 3),
                    drift == null ? "\u2013" : Numbers.fixed(drift.normToStart(), 2),
                    drift == null ? "\u2013" : Numbers.fixed(drift.cosineToOutput(), 3)));
        }
        Element table = Html.table(
                        "Models",
                        "arm",
                        "condition",
                        "parameters",
                        "learning rate",
                        "int8: loss more",
                        "cosine to start",
                        "norm to start",
                        "cosine to output")
                .add(body);
        return Section.of(
                "Models",
                Html.scrolling(table),
                Element.of(
                                "p",
                                "int8: every row of every matrix (an output of a projection, a token of a table) divided by"
                                        + " its largest magnitude and rounded to 8 bits, activations as they are. Cosine"
                                        + " and norm: each token\u2019s vector against its start, and cosine against its"
                                        + " vector in the output projection, means over the vocabulary. Edge: the lowest"
                                        + " or the highest rate tried, beyond which a better one may lie.")
                        .with("class", "note"));
    }
}
