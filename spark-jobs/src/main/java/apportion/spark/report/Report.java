package apportion.spark.report;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.page.Numbers;
import java.util.List;
import java.util.Map;

/** Turns the records of a sweep into its report. */
public final class Report {

    private Report() {}

    /**
     * The report on the trials of one sweep, finished or not.
     *
     * @param trials lines of the ledger in their order; of two with one id the later counts
     * @param documents losses by document for each trial id; a trial without an entry has none, and then no interval
     *     allows for documents
     * @param others how many more trials the ledger has, which the report does not cover
     * @throws IllegalArgumentException if two trials have the same layout and seed, if finished trials were validated
     *     on different documents, or if a trial's documents contradict its loss
     */
    public static ReportFiles of(
            SweepSummary summary, List<TrialResult> trials, Map<String, List<DocumentLoss>> documents, int others) {
        Findings findings = Findings.of(summary, trials, documents, others);
        Numbers numbers = Numbers.fitting(findings.narrowestMargin());
        return new ReportFiles(
                Page.of(findings, numbers),
                ReportJson.of(findings, numbers),
                TerminalTable.of(findings, numbers),
                findings.best().map(best -> new ReportFiles.Best(best.layout(), loss(best, findings))));
    }

    /** Where all layouts have the same seeds the estimate is their plain mean: here to the last bit. */
    private static double loss(LayoutFinding best, Findings findings) {
        boolean sameSeeds =
                findings.layouts().stream().map(Report::seeds).distinct().count() == 1;
        return sameSeeds
                ? best.trials().stream()
                        .mapToDouble(trial -> trial.validation().loss())
                        .average()
                        .orElseThrow()
                : best.loss().value();
    }

    private static List<Long> seeds(LayoutFinding layout) {
        return layout.trials().stream().map(trial -> trial.result().seed()).toList();
    }
}
