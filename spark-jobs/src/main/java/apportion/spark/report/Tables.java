package apportion.spark.report;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.report.LayoutFinding.TrialFinding;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The tables of the page: layouts, learning rates, single trials, and what did not finish. */
final class Tables {

    private final Findings findings;
    private final Numbers numbers;

    Tables(Findings findings, Numbers numbers) {
        this.findings = findings;
        this.numbers = numbers;
    }

    Element layouts() {
        Element table = Html.table(
                "Layouts",
                "layout",
                "heads",
                "dim",
                "loss",
                "95% interval",
                "to best",
                "95% interval",
                "perplexity",
                "bits/byte",
                "parameters",
                "FLOPs",
                "KV bytes",
                "feed-forward",
                "tokens/s",
                "seconds");
        Element body = Element.of("tbody");
        for (LayoutFinding layout : findings.layouts()) {
            boolean best = layout.standing() == Standing.BEST;
            body.add(Html.row(
                            LayoutNames.label(layout.layout()) + mark(layout.standing()),
                            heads(layout.layout()),
                            layout.layout().isUniform()
                                    ? LayoutNames.headDims(layout.layout().attention())
                                    : "by layer",
                            numbers.loss(layout.loss().value()),
                            layout.loss().interval().map(numbers::range).orElse("\u2013"),
                            best ? "\u2013" : numbers.signed(layout.toBest().value()),
                            best
                                    ? "\u2013"
                                    : layout.toBest()
                                            .interval()
                                            .map(numbers::signedRange)
                                            .orElse("\u2013"),
                            Numbers.fixed(layout.perplexity(), 2),
                            Numbers.fixed(layout.bitsPerByte(), 3),
                            Numbers.count(layout.parameters()),
                            Numbers.rounded((double) layout.forwardFlops()),
                            Numbers.rounded((double) layout.keyValueBytes()),
                            Integer.toString(layout.layout().feedForward()),
                            Numbers.count(Math.round(layout.tokensPerSecond())),
                            Numbers.seconds(layout.seconds()))
                    .with("class", best ? "is-best" : "is-other"));
        }
        return Element.of("section")
                .add(
                        Element.of("h2", "Layouts"),
                        Html.scrolling(table.add(body)),
                        Element.of("p", tableNote()).with("class", "note"));
    }

    private static String heads(Layout layout) {
        return layout.isUniform() ? Integer.toString(layout.heads()) : "by layer";
    }

    /** For example {@code narrow-late: 8 × 16, 8 × 16, 8 × 8, 8 × 8.} */
    private List<String> schedules() {
        return findings.layouts().stream()
                .map(LayoutFinding::layout)
                .filter(layout -> !layout.isUniform())
                .map(layout -> layout.schedule() + ", first to last layer: "
                        + layout.perLayer().stream().map(LayoutNames::label).collect(Collectors.joining(", ")) + ".")
                .distinct()
                .toList();
    }

    private String tableNote() {
        List<String> notes = new ArrayList<>();
        notes.add("Loss in nats per token, mean over seeds; its interval allows for "
                + (findings.noise().knowsSeeds() ? "other seeds" : "")
                + (findings.noise().knowsSeeds() && findings.noise().knowsDocuments() ? " and " : "")
                + (findings.noise().knowsDocuments() ? "other documents" : "") + ".");
        if (!findings.noise().knowsSeeds() && !findings.noise().knowsDocuments()) {
            notes.set(
                    0, "Loss in nats per token; one seed and no losses by document leave no way to give an interval.");
        }
        if (findings.noise().knowsSeeds()) {
            notes.add("\u2248 marks layouts that are not distinguishable from the best.");
        }
        int seeds = findings.noise().seeds();
        List<String> incomplete = findings.layouts().stream()
                .filter(layout -> layout.trials().size() < seeds)
                .map(layout -> LayoutNames.label(layout.layout()) + " ("
                        + layout.trials().size() + " of " + seeds + ")")
                .toList();
        if (!incomplete.isEmpty()) {
            notes.add("Not all seeds finished for " + Numbers.list(incomplete)
                    + "; losses are estimated as if every layout had seen every seed.");
        }
        notes.addAll(schedules());
        return String.join(" ", notes);
    }

    private static String mark(Standing standing) {
        return switch (standing) {
            case BEST -> " \u25c6";
            case NOT_TOLD_APART -> " \u2248";
            case WORSE, UNKNOWN -> "";
        };
    }

    Element rates() {
        List<Double> rates = findings.rates().values().stream()
                .flatMap(search -> search.tried().stream())
                .map(RateSearch.Tried::learningRate)
                .distinct()
                .sorted()
                .toList();
        List<String> columns = new ArrayList<>(List.of("layout"));
        rates.forEach(rate -> columns.add(Double.toString(rate)));
        Element body = Element.of("tbody");
        findings.rates().forEach((layout, search) -> {
            Element row = Html.row(LayoutNames.label(layout));
            rates.forEach(rate -> row.add(tried(search, rate)));
            body.add(row);
        });
        return Element.of("section")
                .add(
                        Element.of("h2", "Learning rates"),
                        Html.scrolling(Html.table("Learning rates", columns.toArray(String[]::new))
                                .add(body)),
                        Element.of(
                                        "p",
                                        "Loss in nats per token of one run with each learning rate; the lowest, in bold, is"
                                                + " the rate that the layout is compared with. These runs have a seed of"
                                                + " their own and are in no comparison.")
                                .with("class", "note"));
    }

    private Element tried(RateSearch search, double rate) {
        String loss = search.tried().stream()
                .filter(tried -> tried.learningRate() == rate)
                .map(tried ->
                        tried.loss().isPresent() ? numbers.loss(tried.loss().getAsDouble()) : "no loss")
                .findFirst()
                .orElse("\u2013");
        return rate == search.chosen() ? Element.of("td").add(Element.of("b", loss)) : Element.of("td", loss);
    }

    Element trials() {
        Element table = Html.table(
                "Single trials",
                "layout",
                "seed",
                "learning rate",
                "loss",
                "over documents",
                "last training loss",
                "tokens",
                "tokens/s",
                "seconds",
                "trial");
        Element body = Element.of("tbody");
        for (LayoutFinding layout : findings.layouts()) {
            for (TrialFinding trial : layout.trials()) {
                TrialResult result = trial.result();
                List<LearningCurve.Point> training = result.curve().training();
                body.add(Html.row(
                        LayoutNames.label(layout.layout()),
                        Long.toString(result.seed()),
                        Double.toString(result.setting().learningRate()),
                        numbers.loss(trial.validation().loss()),
                        trial.loss().interval().isEmpty() ? "\u2013" : numbers.margin(trial.loss()),
                        training.isEmpty()
                                ? "\u2013"
                                : numbers.loss(training.get(training.size() - 1).loss()),
                        Numbers.count(result.cost().tokens()),
                        Numbers.count(Math.round(result.cost().tokensPerSecond())),
                        Numbers.seconds(result.cost().seconds()),
                        result.id().substring(0, Math.min(12, result.id().length()))));
            }
        }
        return Element.of("details").add(Element.of("summary", "Single trials"), Html.scrolling(table.add(body)));
    }

    Element unfinished() {
        Element list = Element.of("ul");
        for (TrialResult trial : findings.unfinished()) {
            list.add(Element.of("li")
                    .add(Element.of("b", LayoutNames.label(trial.layout()) + ", seed " + trial.seed()))
                    .add(" " + reason(trial.outcome())));
        }
        return Element.of("section").add(Element.of("h2", "What did not finish"), list);
    }

    /** What is said of the ledger's trials that the report does not cover. */
    static Optional<String> others(Findings findings) {
        return findings.others() == 0
                ? Optional.empty()
                : Optional.of(Html.plural(findings.others(), "other trial")
                        + " in the ledger, not asked for by this configuration");
    }

    /** How a trial ended that did not finish. */
    static String reason(Outcome outcome) {
        if (outcome instanceof Outcome.Diverged diverged) {
            return "diverged in round " + diverged.round() + ": " + diverged.message();
        }
        return outcome instanceof Outcome.Failed failed ? "failed: " + failed.message() : "finished";
    }
}
