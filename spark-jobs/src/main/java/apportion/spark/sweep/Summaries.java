package apportion.spark.sweep;

import apportion.data.tokenize.Tokenizer;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.Scores;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.DatasetManifest;
import apportion.spark.report.SweepSummary;
import apportion.spark.train.TrainConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What a sweep's report says of all trials together. */
final class Summaries {

    private Summaries() {}

    static SweepSummary of(SweepPlan plan) {
        DatasetManifest manifest = plan.dataset().manifest();
        return new SweepSummary(
                plan.output(),
                budget(plan),
                new SweepSummary.Theory(
                        plan.sweep().theory().kernel(),
                        plan.sweep().theory().tokenDim(),
                        plan.sweep().budget()),
                new SweepSummary.Corpus(
                        manifest.provenance().sources().stream()
                                .map(DatasetManifest.SourceInfo::name)
                                .collect(Collectors.joining(", ")),
                        tokenizer(manifest.tokenizer().vocabularySize()),
                        manifest.tokenizer().vocabularySize(),
                        split(manifest.train()),
                        split(manifest.validation()),
                        manifest.unigramEntropy()),
                plan.sweep().claims(),
                plan.sweep().ours(),
                model(plan.model()),
                training(plan, manifest.sequence()),
                plan.settings(),
                plan.command());
    }

    /** What all layouts have alike; where feed-forward widths make it so, with how nearly they do. */
    private static String budget(SweepPlan plan) {
        SweepConfig sweep = plan.sweep();
        if (sweep.equal() == Equal.ATTENTION_WIDTH) {
            return sweep.axes().headDims().isEmpty()
                    ? "attention width " + sweep.budget()
                    : "heads and head dimension free, feed-forward width "
                            + plan.model().feedForward().width();
        }
        Layouts layouts = plan.layouts();
        long target = layouts.target();
        long farthest = layouts.all().stream()
                .mapToLong(layout -> Math.abs(layouts.deviation(layout)))
                .max()
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%,d %s by feed-forward width, off by at most %,d (%.2g%%)",
                target,
                sweep.equal().words(),
                farthest,
                100.0 * farthest / target);
    }

    private static String tokenizer(int vocabulary) {
        // Without a single merge there is a token for each byte.
        String kind = vocabulary == Tokenizer.bytes().vocabularySize() ? "bytes" : "byte-level BPE";
        return kind + ", " + vocabulary + " tokens";
    }

    private static SweepSummary.Split split(DatasetManifest.SplitInfo split) {
        return new SweepSummary.Split(split.documents(), split.tokens());
    }

    private static Map<String, String> model(ModelSettings model) {
        FeedForwardConfig feedForward = model.feedForward();
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("layers", String.valueOf(model.layers()));
        shown.put("width", String.valueOf(model.width()));
        shown.put("context", model.context() + " tokens");
        shown.put(
                "feed-forward",
                feedForward.width() + " (unless a layout says otherwise), " + lower(feedForward.activation()));
        shown.put("norm", lower(model.norm().type()));
        shown.put("positions", kind(model.positions()));
        shown.put("attention scores", scores(model.attention().scores()) + " (unless a layout says otherwise)");
        shown.put("query, key and value sharing", lower(model.sharing().qkv()).replace('_', '-'));
        shown.put("embedding sharing", kind(model.sharing().embedding()));
        shown.put("dropout", String.valueOf(model.dropout()));
        return shown;
    }

    private static String scores(Scores scores) {
        return "scale " + kind(scores.scale())
                + (scores.window() == Scores.UNLIMITED ? "" : ", window of " + scores.window() + " tokens")
                + (scores.qkNorm() ? ", queries and keys normalised" : "");
    }

    private static Map<String, String> training(SweepPlan plan, int sequence) {
        TrainConfig train = plan.train();
        List<Double> rates = plan.sweep().learningRates();
        Map<String, String> shown = new LinkedHashMap<>();
        shown.put("replicas", String.valueOf(train.replicas()));
        shown.put("steps of each replica", String.valueOf(train.totalSteps(sequence)));
        shown.put("steps between two averages", String.valueOf(train.localSteps()));
        shown.put("batch of a replica", train.batch() + " sequences of " + sequence + " tokens");
        shown.put(
                "optimizer",
                "AdamW, learning rate "
                        + (rates.isEmpty()
                                ? train.optimizer().learningRate()
                                : "of each layout chosen among " + rates + " with seed "
                                        + plan.sweep().tuningSeed()));
        shown.put("schedule", lower(train.schedule().getClass().getSimpleName()));
        return shown;
    }

    /** The case of a sealed choice, as a configuration names it. */
    private static String kind(Object choice) {
        return lower(choice.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "-"));
    }

    private static String lower(Object name) {
        return name.toString().toLowerCase(Locale.ROOT);
    }
}
