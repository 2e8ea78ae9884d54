package apportion.spark.report;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.ParetoFront.Cost;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The figures of the page with their captions.
 *
 * <p>A figure without panels is drawn twice, for a wide window and for a phone; the style sheet shows the one that
 * fits.
 */
final class Figures {

    private final Findings findings;
    private final Numbers numbers;

    private Figures(Findings findings, Numbers numbers) {
        this.findings = findings;
        this.numbers = numbers;
    }

    /** Those that the trials have something for; at least one trial must have finished. */
    static List<Element> of(Findings findings, Numbers numbers) {
        Figures figures = new Figures(findings, numbers);
        List<Element> all = new ArrayList<>(figures.losses());
        figures.differences().ifPresent(all::add);
        all.addAll(figures.maps());
        figures.fronts().ifPresent(all::add);
        CurveCharts.draw(findings).ifPresent(all::add);
        return all;
    }

    /** Loss against heads with theory's bound beneath it, once for each way to score. */
    private List<Element> losses() {
        List<Element> all = new ArrayList<>();
        for (Scoring scoring : findings.scorings()) {
            if (findings.atOneWidth(scoring).isEmpty()) {
                continue;
            }
            List<Element> drawings = new ArrayList<>();
            drawings.add(LossChart.draw(findings, scoring, numbers, "loss-wide" + suffix(scoring), Html.WIDE)
                    .with("class", "wide"));
            drawings.add(LossChart.draw(findings, scoring, numbers, "loss-narrow" + suffix(scoring), Html.NARROW)
                    .with("class", "narrow"));
            List<LayoutFinding> bounded = findings.atOneWidth(scoring).stream()
                    .filter(layout -> layout.layout().hasEqualHeads())
                    .toList();
            Optional<TheoryFinding> theory = findings.theory().filter(found -> bounded.size() > 1);
            theory.ifPresent(found -> {
                drawings.add(TheoryChart.draw(found, bounded, "theory-wide" + suffix(scoring), Html.WIDE)
                        .with("class", "wide"));
                drawings.add(TheoryChart.draw(found, bounded, "theory-narrow" + suffix(scoring), Html.NARROW)
                        .with("class", "narrow"));
            });
            all.add(Html.figure(
                    "Validation loss against heads" + with(scoring) + ".",
                    (all.isEmpty() ? lossCaption() : "Marks and axis of losses as above.")
                            + theory.map(found -> theoryCaption(found, scoring, all.isEmpty()))
                                    .orElse(""),
                    drawings.toArray(Element[]::new)));
        }
        return all;
    }

    private static String suffix(Scoring scoring) {
        return scoring.word().isEmpty() ? "" : "-" + scoring.word();
    }

    /** For example {@code with QK-norm} behind a space; empty where nothing sets a layout apart. */
    static String with(Scoring scoring) {
        return scoring.label().isEmpty() ? "" : " with " + scoring.label();
    }

    private String lossCaption() {
        return markers() + " Dots: single seeds." + comparisonBars() + " The unigram model, at "
                + numbers.loss(findings.summary().corpus().unigramLoss()) + ", lies far off the axis."
                + (findings.hasSeveralWidths() ? " Shown are the layouts of one attention width." : "");
    }

    private String theoryCaption(TheoryFinding theory, Scoring scoring, boolean first) {
        String correlated = Optional.ofNullable(theory.correlations().get(scoring))
                .map(found -> " " + Verdict.correlation(found)
                        + (findings.hasSeveralWidths() ? ", of all attention widths" : "") + ".")
                .orElse("");
        String bound = " Below: the bound of arXiv 2510.03784 on the error of one layer (" + theory.choice()
                + ", which are a choice; " + Html.plural(theory.served(), "lag") + " served), as a dashed line for a"
                + " budget of " + theory.theory().budget()
                + " with as many heads for each lag, and squares for the layouts,"
                + " whose heads need not be shared equally.";
        return (first ? bound : "") + correlated;
    }

    private Optional<Element> differences() {
        if (findings.layouts().size() < 2) {
            return Optional.empty();
        }
        return Optional.of(Html.figure(
                "Difference to the best layout.",
                differenceBars() + detectable(),
                DifferenceChart.draw(findings, numbers, "difference-wide", Html.WIDE)
                        .with("class", "wide"),
                DifferenceChart.draw(findings, numbers, "difference-narrow", Html.NARROW)
                        .with("class", "narrow")));
    }

    /**
     * Where heads and head dimension were free; at one attention width a map would say no more than the first chart.
     */
    private List<Element> maps() {
        List<Element> all = new ArrayList<>();
        for (Scoring scoring : findings.hasSeveralWidths() ? findings.scorings() : List.<Scoring>of()) {
            List<LayoutFinding> layouts = findings.equalHeads(scoring);
            if (layouts.isEmpty()) {
                continue;
            }
            all.add(Html.figure(
                    "Heads and head dimension" + with(scoring) + ".",
                    "Loss in nats per token in each cell, the darker the lower. Dashed lines join the layouts of one"
                            + " attention width D = heads \u00d7 dimension. \u25c6: best of all; \u2248: not"
                            + " distinguishable from it.",
                    Element.of("div")
                            .with("class", "wide")
                            .add(HeatMap.draw(layouts, numbers, "map-wide" + suffix(scoring), Html.WIDE)),
                    Element.of("div")
                            .with("class", "narrow")
                            .add(HeatMap.draw(layouts, numbers, "map-narrow" + suffix(scoring), Html.NARROW))));
        }
        return all;
    }

    private Optional<Element> fronts() {
        List<Element> panels = ParetoCharts.draw(findings, numbers);
        if (panels.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(Html.figure(
                "Loss against what it costs.",
                "Squares on the line, with their numbers: layouts that no other one beats in both, by means over seeds. Rings: the others."
                        + sameForAll(),
                Element.of("div").with("class", "pairs").addAll(panels)));
    }

    private String sameForAll() {
        List<String> same = Arrays.stream(Cost.values())
                .filter(cost -> !ParetoFront.differs(cost, findings.layouts()))
                .map(cost -> cost.words() + " ("
                        + Numbers.rounded(cost.of(findings.layouts().get(0))) + ")")
                .collect(Collectors.toList());
        return same.isEmpty() ? "" : " The same for all layouts: " + Numbers.list(same) + ".";
    }

    private String markers() {
        return findings.noise().knowsSeeds()
                ? "Diamond: best. Disc: not distinguishable from it. Ring: worse."
                : "Diamond: lowest loss. Ring: any other.";
    }

    private String comparisonBars() {
        boolean shown = findings.layouts().stream()
                .anyMatch(layout -> layout.againstAll().interval().isPresent());
        if (!shown) {
            return "";
        }
        return findings.layouts().size() == 1
                ? " Bar: 95% interval."
                : " Bars: 95% interval of the layout against the mean of all; what moves all alike (another text, another"
                        + " seed) is left out here and included in the table.";
    }

    private String differenceBars() {
        boolean shown = findings.layouts().stream()
                .anyMatch(layout -> layout.toBest().interval().isPresent());
        if (!shown) {
            return "One seed and no losses by document leave no way to give intervals.";
        }
        String held = "Bars: 95% intervals that hold for all pairs of layouts at once";
        return findings.noise().knowsSeeds()
                ? held + ". A bar that reaches the line at 0 leaves open that the layout is as good as the best."
                : held + ", for these very runs on other documents; with other seeds the order may change.";
    }

    private String detectable() {
        return findings.noise().detectable().isPresent()
                ? " A true difference of "
                        + numbers.loss(findings.noise().detectable().getAsDouble())
                        + " would have been found with a chance of 80%."
                : "";
    }
}
