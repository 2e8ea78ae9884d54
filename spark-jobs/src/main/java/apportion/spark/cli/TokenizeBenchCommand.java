package apportion.spark.cli;

import apportion.spark.bench.TokenizeBench;
import apportion.spark.prepare.Sample;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "tokenize",
        description = "Encoding speed beside Hugging Face's tokenizer, as a ratio; needs the source tree and Maven.",
        footer = {"", "Example:", "  apportion bench tokenize --text books.txt --json"})
final class TokenizeBenchCommand extends JobCommand {

    /** A tenth of the sample corpus is 2 MB, enough to fill a second and a half several times. */
    private static final int SAMPLED = 10;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "A text file, encoded line by line; may be repeated. Without one: the sample corpus.")
    private List<Path> files = new ArrayList<>();

    @Override
    Outcome run(Job job) {
        List<String> texts = files.isEmpty() ? Sample.texts(SAMPLED) : TokenizeBench.lines(files);
        TokenizeBench.Report report = TokenizeBench.run(texts, job.progress());
        String lines = report.comparisons().stream()
                .map(TokenizeBenchCommand::line)
                .collect(Collectors.joining(System.lineSeparator()));
        String least = String.format(Locale.ROOT, "least ratio %.2f", report.ratio());
        return new Outcome(lines + System.lineSeparator() + least, report);
    }

    private static String line(TokenizeBench.Comparison comparison) {
        return String.format(
                Locale.ROOT,
                "%-9s threads %d  ours %6.1f MB/s  Hugging Face %6.1f MB/s  ratio %.2f",
                comparison.vocabulary(),
                comparison.threads(),
                comparison.ours(),
                comparison.peer(),
                comparison.ratio());
    }
}
