package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Comparison.Finding;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Forest;
import apportion.spark.study.Origin;
import apportion.spark.study.Quantity;
import apportion.spark.study.Section;
import apportion.spark.study.Study;
import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the arms show under each condition.
 *
 * <p>The rule: an arm's loss differs from the baseline's where the p-value of the difference, paired over seeds and
 * corrected after Holm for all comparisons of the experiment, is below 0.05.
 */
final class VariantsStudy {

    private static final double LEVEL = 0.05;
    private static final int DECIMALS = 4;

    private final Variants config;
    private final List<Row> rows;

    private VariantsStudy(Variants config, List<Row> rows) {
        this.config = config;
        this.rows = rows;
    }

    /**
     * One arm under one condition, as {@code report.json} has it.
     *
     * @param loss null if no run ended well
     * @param toBaseline null for the baseline
     * @param adjusted p-value after Holm; null where nothing is known of the noise
     * @param detectable true difference that would be told from 0 with a chance of 80%, before Holm's correction
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private record Row(
            String condition,
            String arm,
            @Nullable Quantity loss,
            @Nullable Quantity toBaseline,
            @Nullable Double adjusted,
            @Nullable Double detectable,
            long finished,
            long runs) {

        boolean differs() {
            return adjusted != null && adjusted < LEVEL;
        }
    }

    static Study of(Variants config, List<Comparison> comparisons, List<TrialRun> runs, Origin origin) {
        VariantsStudy study = new VariantsStudy(config, rows(comparisons));
        List<Section> sections = new ArrayList<>();
        for (Variant condition : config.conditions()) {
            sections.add(study.section(condition.name(), runs));
        }
        List<ModelsTable.Row> models = ModelsTable.rows(config, runs);
        sections.add(ModelsTable.section(models));
        return new Study(
                config.title().orElse("Ways to train"),
                "Which way to train ends below " + config.comparedWith() + "?",
                study.answer(),
                OrderClaims.of(config, runs),
                sections,
                config.ours(),
                origin,
                Map.of("arms", study.rows, "models", models, "curves", LearningCurves.numbers(runs)));
    }

    private static List<Row> rows(List<Comparison> comparisons) {
        double[] known = comparisons.stream()
                .flatMap(comparison -> comparison.findings().stream())
                .filter(finding -> finding.pValue().isPresent())
                .mapToDouble(finding -> finding.pValue().getAsDouble())
                .toArray();
        double[] adjusted = Holm.adjusted(known);
        int next = 0;
        List<Row> rows = new ArrayList<>();
        for (Comparison comparison : comparisons) {
            for (Finding finding : comparison.findings()) {
                Double p = finding.pValue().isPresent() ? (Double) adjusted[next++] : null;
                rows.add(new Row(
                        comparison.condition(),
                        finding.arm(),
                        quantity(finding.loss()),
                        quantity(finding.toBaseline()),
                        p,
                        finding.detectable().isPresent() ? finding.detectable().getAsDouble() : null,
                        finding.finished(),
                        finding.runs().size()));
            }
        }
        return rows;
    }

    private static @Nullable Quantity quantity(Optional<Estimate> estimate) {
        return estimate.map(Quantity::of).orElse(null);
    }

    private String answer() {
        List<String> sentences = new ArrayList<>();
        for (Variant condition : config.conditions()) {
            List<String> differing = of(condition.name()).stream()
                    .filter(Row::differs)
                    .map(VariantsStudy::difference)
                    .toList();
            sentences.add("Under " + condition.name() + ", "
                    + (differing.isEmpty() ? "no arm is told apart from it" : Numbers.list(differing)) + ".");
        }
        return String.join(" ", sentences) + " Differences are paired over "
                + config.seeds().size() + " seeds" + (config.measures().documents() ? " and documents" : "")
                + " and corrected after Holm for all comparisons.";
    }

    private List<Row> of(String condition) {
        return rows.stream().filter(row -> row.condition().equals(condition)).toList();
    }

    private static String difference(Row row) {
        double by = row.toBaseline() == null ? 0 : row.toBaseline().value();
        return row.arm() + (by < 0 ? " ends lower by " : " ends higher by ") + Numbers.fixed(Math.abs(by), DECIMALS);
    }

    private Section section(String condition, List<TrialRun> runs) {
        List<Element> content = new ArrayList<>();
        List<Forest.Row> effects = new ArrayList<>();
        for (Row row : of(condition)) {
            if (row.toBaseline() != null) {
                effects.add(new Forest.Row(row.arm(), row.toBaseline(), row.differs()));
            }
        }
        if (!effects.isEmpty()) {
            content.add(new Forest(
                            condition,
                            "Loss less that of " + config.comparedWith()
                                    + ", paired as said above. Bars: 95% intervals, each by itself. Filled, bold: told from 0"
                                    + " after Holm's correction.",
                            "loss less " + config.comparedWith() + "'s, nats per token",
                            0,
                            effects)
                    .figure());
        }
        content.add(Html.scrolling(table(condition)));
        LearningCurves.figure(config, condition, runs).ifPresent(content::add);
        return new Section(condition, content);
    }

    private Element table(String condition) {
        Element body = Element.of("tbody");
        for (Row row : of(condition)) {
            body.add(Html.row(
                    row.arm(),
                    row.loss() == null ? "\u2013" : shown(row.loss()),
                    row.toBaseline() == null ? "\u2013" : shown(row.toBaseline()),
                    row.adjusted() == null ? "\u2013" : Numbers.pValue(row.adjusted()),
                    row.detectable() == null ? "\u2013" : Numbers.fixed(row.detectable(), DECIMALS),
                    row.finished() + " of " + row.runs()));
        }
        return Html.table(
                        condition,
                        "arm",
                        "loss, nats/token (95% interval)",
                        "less baseline (95% interval)",
                        "p after Holm",
                        "detectable",
                        "finished")
                .add(body);
    }

    private static String shown(Quantity quantity) {
        String value = Numbers.fixed(quantity.value(), DECIMALS);
        Double low = quantity.low();
        Double high = quantity.high();
        return low == null || high == null
                ? value
                : value + " (" + Numbers.fixed(low, DECIMALS) + " to " + Numbers.fixed(high, DECIMALS) + ")";
    }
}
