package apportion.spark.report;

import apportion.spark.page.Numbers;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.study.Verdicts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Verdict and table in plain characters, for a terminal or a log. */
final class TerminalTable {

    private static final int COLUMNS = 100;

    private TerminalTable() {}

    static String of(Findings findings, Numbers numbers) {
        Verdict verdict = Verdict.of(findings, numbers);
        StringBuilder out = new StringBuilder(ascii(wrap(verdict.headline() + " " + verdict.text())));
        if (findings.best().isPresent()) {
            out.append('\n').append(ascii(aligned(rows(findings, numbers))));
        }
        out.append(ascii(new Verdicts(findings.claims()).text()));
        for (TrialResult trial : findings.unfinished()) {
            out.append("did not finish: ")
                    .append(trial.layout())
                    .append(", seed ")
                    .append(trial.seed())
                    .append(", ")
                    .append(ascii(Tables.reason(trial.outcome())))
                    .append('\n');
        }
        if (findings.unfinished().stream().anyMatch(trial -> trial.outcome() instanceof Outcome.Failed)) {
            out.append("The same command tries those again that failed, once their cause is removed.\n");
        }
        Tables.others(findings).ifPresent(text -> out.append(text).append('\n'));
        return out.toString();
    }

    private static List<List<String>> rows(Findings findings, Numbers numbers) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of(
                "layout",
                "loss",
                "",
                "to best",
                "95% interval",
                "perplexity",
                "bits/byte",
                "parameters",
                "tokens/s",
                "seconds"));
        for (LayoutFinding layout : findings.layouts()) {
            boolean best = layout.standing() == Standing.BEST;
            rows.add(List.of(
                    layout.layout().toString(),
                    numbers.loss(layout.loss().value()),
                    numbers.margin(layout.loss()),
                    best ? "best" : numbers.signed(layout.toBest().value()),
                    best
                            ? ""
                            : layout.toBest()
                                    .interval()
                                    .map(numbers::signedRange)
                                    .orElse(""),
                    Numbers.fixed(layout.perplexity(), 2),
                    Numbers.fixed(layout.bitsPerByte(), 3),
                    Numbers.count(layout.parameters()),
                    Numbers.count(Math.round(layout.tokensPerSecond())),
                    Numbers.seconds(layout.seconds())));
        }
        return rows;
    }

    private static String aligned(List<List<String>> rows) {
        int[] widths = IntStream.range(0, rows.get(0).size())
                .map(column -> rows.stream()
                        .mapToInt(row -> ascii(row.get(column)).length())
                        .max()
                        .orElseThrow())
                .toArray();
        StringBuilder out = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < widths.length; column++) {
                String cell = ascii(row.get(column));
                String room = " ".repeat(widths[column] - cell.length());
                line.append(column == 0 ? cell + room : "  " + room + cell);
            }
            out.append(line.toString().stripTrailing()).append('\n');
        }
        return out.toString();
    }

    private static String wrap(String text) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (String word : text.split(" ", -1)) {
            if (column > 0 && column + 1 + word.length() > COLUMNS) {
                out.append('\n');
                column = 0;
            }
            out.append(column > 0 ? " " : "").append(word);
            column += word.length() + (column > 0 ? 1 : 0);
        }
        return out.append('\n').toString();
    }

    /** Terminals whose encoding is not UTF-8 would show the page's signs as garbage. */
    private static String ascii(String text) {
        return text.replace('\u2212', '-')
                .replace('\u00a0', ' ')
                .replace("\u00b1", "+-")
                .replace('\u00d7', 'x')
                .replace('\u2019', '\'')
                .replace('\u2248', '~')
                .replace("\u221a", "sqrt ");
    }
}
