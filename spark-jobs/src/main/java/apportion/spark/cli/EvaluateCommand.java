package apportion.spark.cli;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.evaluate.EvaluateConfig;
import apportion.spark.evaluate.EvaluateJob;
import apportion.spark.evaluate.Measurement;
import apportion.spark.prepare.DataConfig;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Interval;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "evaluate",
        description = "Measure a checkpoint on a dataset's validation split, or on texts.",
        footer = {
            "",
            "Each text is one document unless evaluate.document or evaluate.format says otherwise;",
            "texts are cleaned as the model's dataset was.",
            "Intervals are over documents, so one document alone has none.",
            "Example:",
            "  apportion evaluate --checkpoint runs/shakespeare --text sonnets.txt --json"
        })
final class EvaluateCommand extends JobCommand {

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A checkpoint, or a run, whose newest is taken.")
    private @Nullable String checkpoint;

    @Option(names = "--dataset", paramLabel = "DIR", description = "A dataset, whose validation split is measured.")
    private @Nullable String dataset;

    @Option(names = "--text", paramLabel = "FILE", description = "A text file, directory or glob; may be repeated.")
    private List<String> texts = new ArrayList<>();

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "evaluate.checkpoint", checkpoint);
        shortcut(keys, "evaluate.dataset", dataset);
        if (!texts.isEmpty()) {
            keys.add("evaluate.text=" + quoted(texts));
        }
        return keys;
    }

    private static String quoted(List<String> texts) {
        List<String> quoted = texts.stream()
                .map(text -> "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"")
                .toList();
        return "[" + String.join(",", quoted) + "]";
    }

    @Override
    Outcome run(Job job) {
        Supplier<EvaluateConfig> bound = job.settings().bind("evaluate", EvaluateConfig.class);
        EvaluateConfig config = bound.get();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        EvaluateJob.Result result = EvaluateJob.run(context, job.storage(), config);
        Measurement measured = result.measurement();
        Optional<Interval> perToken = interval(measured, DocumentLoss::tokens);
        Optional<Interval> perByte =
                interval(measured, DocumentLoss::bytes).map(i -> mapped(i, nats -> nats / Math.log(2)));
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tokens", measured.tokens());
        json.put("loss", measured.loss());
        json.put("perplexity", measured.perplexity());
        json.put("bitsPerByte", measured.bitsPerByte());
        json.put("documents", measured.documents().size());
        json.put("lossInterval", ends(perToken));
        json.put("perplexityInterval", ends(perToken.map(i -> mapped(i, Math::exp))));
        json.put("bitsPerByteInterval", ends(perByte));
        result.texts().ifPresent(texts -> {
            json.put("cleaning", cleaning(texts));
            json.put("dropped", texts.dropped());
        });
        String text = String.join(
                System.lineSeparator(),
                line("loss", measured.loss(), perToken, "nats per token"),
                line("perplexity", measured.perplexity(), perToken.map(i -> mapped(i, Math::exp)), ""),
                line("bits per byte", measured.bitsPerByte(), perByte, ""),
                String.format(
                        Locale.ROOT,
                        "%,d tokens of %,d documents%s",
                        measured.tokens(),
                        measured.documents().size(),
                        perToken.isPresent() ? "; intervals of 95% over documents" : "; one document has no interval"));
        String reading = result.texts().map(EvaluateCommand::reading).orElse("");
        return new Outcome(text + reading, json);
    }

    private static Map<String, Object> cleaning(EvaluateJob.Texts texts) {
        DataConfig.Clean clean = texts.rules().clean();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("from", texts.known() ? "checkpoint" : "defaults");
        json.put("unicode", word(clean.unicode()));
        json.put("controlCharacters", word(clean.controlCharacters()));
        json.put("trim", clean.trim());
        json.put("minimumCharacters", clean.minimumCharacters());
        return json;
    }

    private static String word(Enum<?> choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    /** How texts were read, and what of them was left out. */
    private static String reading(EvaluateJob.Texts texts) {
        DataConfig.Clean clean = texts.rules().clean();
        String dropped = texts.dropped().entrySet().stream()
                .map(reason -> String.format(Locale.ROOT, "%,d %s", reason.getValue(), reason.getKey()))
                .collect(Collectors.joining(", "));
        return System.lineSeparator()
                + String.format(
                        Locale.ROOT,
                        "cleaned %s: unicode %s, control characters %s, trim %s, minimum characters %d",
                        texts.known()
                                ? "as the model's dataset was"
                                : "with the defaults, as the checkpoint does not say how its texts were",
                        word(clean.unicode()),
                        word(clean.controlCharacters()),
                        clean.trim(),
                        clean.minimumCharacters())
                + (dropped.isEmpty() ? "" : System.lineSeparator() + "documents left out: " + dropped);
    }

    private interface Size {
        long of(DocumentLoss document);
    }

    private static Optional<Interval> interval(Measurement measured, Size size) {
        return DocumentRatio.of(
                        measured.documents().stream()
                                .mapToDouble(DocumentLoss::loss)
                                .toArray(),
                        measured.documents().stream().mapToLong(size::of).toArray())
                .estimate()
                .interval();
    }

    private static Interval mapped(Interval interval, DoubleUnaryOperator map) {
        return new Interval(map.applyAsDouble(interval.low()), map.applyAsDouble(interval.high()));
    }

    private static double @Nullable [] ends(Optional<Interval> interval) {
        return interval.map(i -> new double[] {i.low(), i.high()}).orElse(null);
    }

    private static String line(String name, double value, Optional<Interval> interval, String unit) {
        String range = interval.map(i -> String.format(Locale.ROOT, " (%.4f to %.4f)", i.low(), i.high()))
                .orElse("");
        return String.format(Locale.ROOT, "%-13s %.4f%s %s", name, value, range, unit)
                .stripTrailing();
    }
}
