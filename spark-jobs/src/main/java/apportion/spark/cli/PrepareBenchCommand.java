package apportion.spark.cli;

import apportion.spark.bench.PrepareBench;
import apportion.spark.failure.UserError;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "prepare",
        description = "Processor time of prepare with the tokenizer of bytes next to Spark's own word count of the same"
                + " text, as a ratio.",
        footer = {"", "Example:", "  apportion bench prepare --text books.txt --json"})
final class PrepareBenchCommand extends JobCommand {

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "A text whose lines are documents, no two of them equal. Without one: 90 MB of the sample"
                    + " corpus.")
    private @Nullable Path text;

    @Option(
            names = "--turns",
            paramLabel = "N",
            defaultValue = "3",
            description = "Turns that each side has (default: ${DEFAULT-VALUE}).")
    private int turns;

    @Override
    Outcome run(Job job) {
        if (turns < 1) {
            throw new UserError("--turns must be at least 1, got " + turns);
        }
        PrepareBench.Report report = PrepareBench.run(Optional.ofNullable(text), turns, job.progress());
        return new Outcome(
                String.format(
                        Locale.ROOT,
                        "ratio %.2f: prepare %.1f s, word count %.1f s of processors for %.1f MB; medians of %d turns",
                        report.ratio(),
                        report.prepareSeconds(),
                        report.wordCountSeconds(),
                        report.bytes() / 1e6,
                        report.turns()),
                report);
    }
}
