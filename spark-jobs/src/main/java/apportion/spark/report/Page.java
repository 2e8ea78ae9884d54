package apportion.spark.report;

import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.study.Verdicts;

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
        Tables tables = new Tables(findings, numbers);
        Explanation explanation = new Explanation(findings, numbers);
        boolean finished = findings.best().isPresent();
        if (!findings.claims().isEmpty()) {
            main.add(new Verdicts(findings.claims()).section());
        }
        if (finished) {
            main.addAll(Figures.of(findings, numbers)).add(tables.layouts());
        }
        if (!findings.rates().isEmpty()) {
            main.add(tables.rates());
        }
        if (finished) {
            main.add(tables.trials());
        }
        if (!findings.unfinished().isEmpty()) {
            main.add(tables.unfinished());
        }
        if (finished) {
            main.add(explanation.reading());
        }
        if (!findings.summary().ours().isEmpty()) {
            main.add(Verdicts.ours(findings.summary().ours()));
        }
        main.add(explanation.provenance());
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
                                                + Html.plural(findings.layouts().size(), "layout") + " \u00b7 "
                                                + Html.plural(findings.noise().seeds(), "seed") + " \u00b7 "
                                                + corpus.description()
                                                + " \u00b7 "
                                                + Numbers.rounded((double)
                                                        corpus.training().tokens())
                                                + " training tokens"
                                                + Tables.others(findings)
                                                        .map(text -> " \u00b7 " + text)
                                                        .orElse(""))
                                .with("class", "facts"));
    }
}
