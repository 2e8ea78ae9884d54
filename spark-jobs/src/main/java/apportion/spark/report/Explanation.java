package apportion.spark.report;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** How to read the page, how its numbers were made, and what from. */
final class Explanation {

    private final Findings findings;
    private final Numbers numbers;

    Explanation(Findings findings, Numbers numbers) {
        this.findings = findings;
        this.numbers = numbers;
    }

    Element reading() {
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
                    + Html.plural(noise.seedDegrees(), "degree")
                    + " of freedom), taken to be the same for all layouts.");
        } else {
            parts.add("Seeds: nothing is known of how far another seed would move a result, so intervals hold for these"
                    + " very runs only.");
        }
        if (noise.knowsDocuments()) {
            parts.add("Documents: linearised ratio of summed loss to tokens over "
                    + Html.plural(noise.documents(), "document") + ", paired between layouts.");
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

    Element provenance() {
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
        return Html.plural(split.tokens(), "token") + " in " + Html.plural(split.documents(), "document");
    }
}
