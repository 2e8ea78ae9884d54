package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Comparison.Finding;
import apportion.spark.statistics.Estimate;
import java.util.List;
import java.util.Locale;

/** What an experiment found, as two tables in Markdown. */
final class ReportTables {

    private ReportTables() {}

    static String of(Variants config, List<Comparison> comparisons) {
        StringBuilder text = new StringBuilder();
        text.append("| condition | arm | validation loss, nats/token (95% interval) | less ")
                .append(config.comparedWith())
                .append(
                        "'s, seed by seed (95% interval) | told from 0 with a chance of 80% | MB sent |\n|-|-|-|-|-|-|\n");
        for (Comparison comparison : comparisons) {
            comparison.findings().forEach(finding -> text.append(row(comparison.condition(), finding)));
        }
        text.append("\n| condition | steps of each replica | rounds | tokens |\n|-|-|-|-|\n");
        comparisons.forEach(comparison -> text.append(length(comparison)));
        return text.toString();
    }

    private static String row(String condition, Finding finding) {
        return String.format(
                Locale.ROOT,
                "| %s | %s | %s | %s | %s | %.1f |\n",
                condition,
                finding.arm(),
                (finding.loss().map(loss -> shown("%.4f", loss)).orElse("") + unfinished(finding)).strip(),
                finding.toBaseline()
                        .map(difference -> shown("%+.4f", difference))
                        .orElse(""),
                finding.detectable().isPresent()
                        ? String.format(
                                Locale.ROOT, "%.4f", finding.detectable().getAsDouble())
                        : "",
                finding.runs().get(0).bytes() / 1e6);
    }

    private static String unfinished(Finding finding) {
        long diverged = finding.runs().size() - finding.finished();
        return diverged == 0 ? "" : " " + diverged + " of " + finding.runs().size() + " diverged";
    }

    private static String length(Comparison comparison) {
        TrialRun run = comparison.findings().get(0).runs().get(0);
        return String.format(
                Locale.ROOT,
                "| %s | %,d | %,d | %,d |\n",
                comparison.condition(),
                run.steps(),
                run.rounds(),
                run.tokens());
    }

    private static String shown(String format, Estimate estimate) {
        String value = String.format(Locale.ROOT, format, estimate.value());
        return estimate.interval()
                .map(interval -> String.format(
                        Locale.ROOT, "%s (" + format + " to " + format + ")", value, interval.low(), interval.high()))
                .orElse(value);
    }
}
