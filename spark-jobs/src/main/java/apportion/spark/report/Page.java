package apportion.spark.report;

import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.report.markup.Element;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** The report as one HTML page that needs nothing else. */
final class Page {

    private final Findings findings;
    private final Numbers numbers;
    private final Verdict verdict;

    private Page(Findings findings, Numbers numbers, Verdict verdict) {
        this.findings = findings;
        this.numbers = numbers;
        this.verdict = verdict;
    }

    static String of(Findings findings, Numbers numbers) {
        return new Page(findings, numbers, Verdict.of(findings, numbers)).html().document();
    }

    private Element html() {
        Element main = Element.of("main").add(top());
        if (findings.best().isPresent()) {
            figures(main);
            main.add(layoutTable());
        }
        if (!findings.rates().isEmpty()) {
            main.add(rateTable());
        }
        if (findings.best().isPresent()) {
            main.add(trialTable());
        }
        if (!findings.unfinished().isEmpty()) {
            main.add(unfinished());
        }
        if (findings.best().isPresent()) {
            main.add(reading());
        }
        main.add(provenance());
        return Html.page(findings.summary().name() + ": " + verdict.headline(), main);
    }

    private Element top() {
        SweepSummary.Corpus corpus = findings.summary().corpus();
        return Element.of("header")
                .add(
                        Element.of("p", findings.summary().name()).with("class", "name"),
                        Element.of("h1", verdict.headline()),
                        Element.of("p", verdict.text()).with("class", "verdict"),
                        Element.of(
                                        "p",
                                        findings.summary().budget() + " \u00b7 "
                                                + plural(findings.layouts().size(), "layout") + " \u00b7 "
                                                + plural(findings.noise().seeds(), "seed") + " \u00b7 "
                                                + corpus.description()
                                                + " \u00b7 "
                                                + Numbers.rounded((double)
                                                        corpus.training().tokens())
                                                + " training tokens")
                                .with("class", "facts"));
    }

    private void figures(Element main) {
        main.add(Html.figure(
                "Validation loss against heads.",
                markers() + " Dots: single seeds." + comparisonBars() + " The unigram model, at "
                        + numbers.loss(findings.summary().corpus().unigramLoss()) + ", lies far off the axis.",
                LossChart.draw(findings, numbers, "loss-wide", Html.WIDE).with("class", "wide"),
                LossChart.draw(findings, numbers, "loss-narrow", Html.NARROW).with("class", "narrow")));
        if (findings.layouts().size() > 1) {
            main.add(Html.figure(
                    "Difference to the best layout.",
                    differenceBars() + detectable(),
                    DifferenceChart.draw(findings, numbers, "difference-wide", Html.WIDE)
                            .with("class", "wide"),
                    DifferenceChart.draw(findings, numbers, "difference-narrow", Html.NARROW)
                            .with("class", "narrow")));
        }
        List<Element> curves = CurveCharts.draw(findings);
        if (!curves.isEmpty()) {
            main.add(Html.figure(
                    "Learning curves.",
                    "Loss in nats per token. Lines: training loss, one a seed; rings: validation loss; grey: the runs of"
                            + " all other layouts.",
                    Element.of("div").with("class", "panels").addAll(curves)));
        }
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

    private Element layoutTable() {
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
                "tokens/s",
                "seconds");
        Element body = Element.of("tbody");
        for (LayoutFinding layout : findings.layouts()) {
            boolean best = layout.standing() == Standing.BEST;
            body.add(Html.row(
                            Numbers.label(layout.layout()) + mark(layout.standing()),
                            Integer.toString(layout.layout().heads()),
                            Numbers.headDims(layout.layout()),
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
                .map(layout ->
                        Numbers.label(layout.layout()) + " (" + layout.trials().size() + " of " + seeds + ")")
                .toList();
        if (!incomplete.isEmpty()) {
            notes.add("Not all seeds finished for " + Numbers.list(incomplete)
                    + "; losses are estimated as if every layout had seen every seed.");
        }
        return String.join(" ", notes);
    }

    private static String mark(Standing standing) {
        return switch (standing) {
            case BEST -> " \u25c6";
            case NOT_TOLD_APART -> " \u2248";
            case WORSE, UNKNOWN -> "";
        };
    }

    private Element rateTable() {
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
            Element row = Html.row(Numbers.label(layout));
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

    private Element trialTable() {
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
                        Numbers.label(layout.layout()),
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

    private Element unfinished() {
        Element list = Element.of("ul");
        for (TrialResult trial : findings.unfinished()) {
            list.add(Element.of("li")
                    .add(Element.of("b", Numbers.label(trial.layout()) + ", seed " + trial.seed()))
                    .add(" " + reason(trial.outcome())));
        }
        return Element.of("section").add(Element.of("h2", "What did not finish"), list);
    }

    private static String reason(Outcome outcome) {
        if (outcome instanceof Outcome.Diverged diverged) {
            return "diverged in round " + diverged.round() + " on replica " + diverged.replica() + ": "
                    + diverged.message();
        }
        return outcome instanceof Outcome.Failed failed ? "failed: " + failed.message() : "finished";
    }

    private Element reading() {
        Element section = Element.of("section").add(Element.of("h2", "How to read this"));
        section.add(Element.of(
                "p",
                "Loss is the mean surprise at the next token of text that was not trained on: lower is better. All"
                        + " layouts spend the same budget, start from the same seeds and are judged on the same"
                        + " documents, so what a seed or a document does to all of them alike cancels in differences."
                        + " Two layouts differ only where the interval of their difference leaves out 0; the best is"
                        + " picked after looking at noisy means, and the intervals allow for that."));
        section.add(Element.of("p", method()));
        return section;
    }

    private String method() {
        Findings.Noise noise = findings.noise();
        List<String> parts = new ArrayList<>();
        if (noise.knowsSeeds()) {
            parts.add("Seeds: residual mean square of the model loss = layout + seed (standard deviation "
                    + numbers.loss(noise.seedDeviation().getAsDouble()) + ", "
                    + plural(noise.seedDegrees(), "degree") + " of freedom), taken to be the same for all layouts.");
        } else {
            parts.add("Seeds: nothing is known of how far another seed would move a result, so intervals hold for these"
                    + " very runs only.");
        }
        if (noise.knowsDocuments()) {
            parts.add("Documents: linearised ratio of summed loss to tokens over "
                    + plural(noise.documents(), "document") + ", paired between layouts.");
        } else {
            parts.add("Documents: losses of two or more documents are not known, so intervals hold for this very"
                    + " validation text only.");
        }
        if (noise.knowsSeeds() && noise.knowsDocuments()) {
            parts.add(
                    "The two margins are added in quadrature; what documents add to the noise of seeds is counted once.");
        }
        parts.add(
                "Single intervals use Student\u2019s t; differences use Tukey\u2019s studentized range over all pairs of"
                        + " layouts.");
        return String.join(" ", parts);
    }

    private Element provenance() {
        SweepSummary summary = findings.summary();
        SweepSummary.Corpus corpus = summary.corpus();
        Element details = Element.of("details").add(Element.of("summary", "Where these numbers come from"));
        Map<String, String> text = new LinkedHashMap<>();
        text.put("corpus", corpus.description());
        text.put("tokenizer", corpus.tokenizer() + ", " + Numbers.count(corpus.vocabulary()) + " tokens");
        text.put("training split", split(corpus.training()));
        text.put("validation split", split(corpus.validation()));
        text.put("unigram loss", numbers.loss(corpus.unigramLoss()) + " nats per token");
        details.add(
                Html.definitions("Text", text),
                Html.definitions("Model", summary.model()),
                Html.definitions("Training", summary.training()),
                Html.definitions("Runs", runs()));
        details.add(Element.of("h3", "Command"), Html.block(summary.command()));
        details.add(Element.of("h3", "Resolved configuration"), Html.block(summary.config()));
        return details;
    }

    /** Everything that may differ between trials, each value once. */
    private Map<String, String> runs() {
        Map<String, SortedSet<String>> values = new LinkedHashMap<>();
        for (TrialResult trial : findings.trials()) {
            Provenance from = trial.provenance();
            Provenance.Machine machine = from.machine();
            collect(values, "seeds", Long.toString(trial.seed()));
            collect(values, "code", from.code());
            collect(values, "configuration", from.config());
            collect(values, "data", from.data());
            collect(values, "backend", machine.backend() + ", " + machine.precision());
            collect(values, "Java", machine.java());
            collect(values, "cores", Integer.toString(machine.cores()));
            machine.libraries().forEach((library, version) -> collect(values, library, version));
            collect(values, "started", from.started());
        }
        Map<String, String> runs = new LinkedHashMap<>();
        values.forEach((name, all) -> runs.put(
                name,
                name.equals("started") && all.size() > 1 ? all.first() + " to " + all.last() : String.join(", ", all)));
        return runs;
    }

    private static void collect(Map<String, SortedSet<String>> values, String name, String value) {
        values.computeIfAbsent(name, n -> new TreeSet<>()).add(value);
    }

    private static String split(SweepSummary.Split split) {
        return plural(split.tokens(), "token") + " in " + plural(split.documents(), "document");
    }

    private static String plural(long count, String noun) {
        return Numbers.count(count) + " " + noun + (count == 1 ? "" : "s");
    }
}
