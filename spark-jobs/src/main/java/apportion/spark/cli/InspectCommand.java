package apportion.spark.cli;

import apportion.spark.inspect.InspectConfig;
import apportion.spark.inspect.InspectJob;
import apportion.spark.inspect.Inspection;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "inspect",
        description = "Say in numbers what the heads of a checkpoint do.",
        footer = {
            "",
            "Writes inspect.html, where each number is a table of layers by heads,",
            "and inspect.json. Layers and heads are counted from 0.",
            "",
            "Example:",
            "  apportion inspect --checkpoint runs/a --data datasets/a --output heads"
        })
final class InspectCommand extends JobCommand {

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A checkpoint, or a run, whose newest is taken.")
    private @Nullable String checkpoint;

    @Option(names = "--data", paramLabel = "DIR", description = "A dataset, whose validation split the model reads.")
    private @Nullable String data;

    @Option(names = "--output", paramLabel = "DIR", description = "Where the page and its numbers will be.")
    private @Nullable String output;

    @Option(names = "--sequences", paramLabel = "N", description = "Most sequences to read.")
    private @Nullable Long sequences;

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "inspect.checkpoint", checkpoint);
        shortcut(keys, "inspect.dataset", data);
        shortcut(keys, "inspect.output", output);
        shortcut(keys, "inspect.sequences", sequences);
        return keys;
    }

    @Override
    Outcome run(Job job) {
        Supplier<InspectConfig> bound = job.settings().bind("inspect", InspectConfig.class);
        InspectConfig config = bound.get();
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        InspectJob.Result result = InspectJob.run(context, job.storage(), config);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("page", result.page());
        json.put("inspection", result.inspection());
        return new Outcome(text(result), json);
    }

    private static String text(InspectJob.Result result) {
        List<String> lines = new ArrayList<>();
        lines.add(
                "layer head  entropy  distance  first  previous  induction  repeated  copying  rank QK  rank OV  importance");
        for (Inspection.Head head : result.inspection().heads()) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%5d %4d  %7.2f  %8.1f  %5.3f  %8.3f  %9.3f  %8.3f  %7.2f  %7.1f  %7.1f  %10s",
                    head.layer(),
                    head.head(),
                    head.entropy(),
                    head.distance(),
                    head.first(),
                    head.previous(),
                    head.induction(),
                    head.inductionOnRepeatedTokens(),
                    head.copying(),
                    head.rankQk(),
                    head.rankOv(),
                    head.importance() == null ? "-" : String.format(Locale.ROOT, "%.4f", head.importance())));
        }
        lines.add(String.format(
                Locale.ROOT,
                "loss %.4f nats per token of %,d tokens; page: %s",
                result.inspection().loss(),
                result.inspection().tokens(),
                result.page()));
        return String.join(System.lineSeparator(), lines);
    }
}
