package apportion.spark.cli;

import apportion.spark.compress.CompressConfig;
import apportion.spark.compress.CompressJob;
import apportion.spark.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "compress",
        description = "Make a checkpoint with smaller heads of a checkpoint.",
        footer = {
            "",
            "Each head's W_Q W_K^T and W_V W_O become the best products of a lower",
            "rank: for the matrices themselves, or with --data for a dataset's",
            "training split, whose validation split then says what is lost.",
            "Layers and heads are counted from 0.",
            "",
            "Example:",
            "  apportion compress --checkpoint runs/a --layers 2-3 --head-dim 8 \\",
            "    --data datasets/a --output runs/a-8"
        })
final class CompressCommand extends JobCommand {

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A checkpoint, or a run, whose newest is taken.")
    private @Nullable String checkpoint;

    @Option(names = "--output", paramLabel = "DIR", description = "Where the smaller model will be.")
    private @Nullable String output;

    @Option(names = "--layers", paramLabel = "N-M", description = "Whose heads become smaller, such as 4-5,7; or all.")
    private @Nullable String layers;

    @Option(names = "--heads", paramLabel = "N-M", description = "Which heads of those layers, likewise.")
    private @Nullable String heads;

    @Option(names = "--head-dim", paramLabel = "R", description = "What remains of each head's dimension.")
    private @Nullable Integer headDim;

    @Option(
            names = "--parts",
            paramLabel = "both|ov|qk",
            description = "ov, qk: a lower rank of W_V W_O or W_Q W_K^T alone, in matrices of the old size.")
    private @Nullable String parts;

    @Option(
            names = "--method",
            paramLabel = "weights|data|random",
            description = "What students are best for; without it data where there are any, else weights.")
    private @Nullable String method;

    @Option(names = "--data", paramLabel = "DIR", description = "A dataset to be best for, and to measure on.")
    private @Nullable String data;

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "compress.checkpoint", checkpoint);
        shortcut(keys, "compress.output", output);
        shortcut(keys, "compress.layers", layers);
        shortcut(keys, "compress.heads", heads);
        shortcut(keys, "compress.head-dim", headDim);
        shortcut(keys, "compress.parts", parts);
        shortcut(keys, "compress.method", method);
        shortcut(keys, "compress.dataset", data);
        return keys;
    }

    @Override
    Outcome run(Job job) {
        Supplier<CompressConfig> config = job.settings().bind("compress", CompressConfig.class);
        CompressConfig checked = config.get();
        // Where Spark does not start, the file systems it is set up for are not known.
        Storage storage = checked.dataset().isPresent() ? job.storage() : Storage.withDefaults();
        CompressJob.Result result = CompressJob.run(
                () -> JavaSparkContext.fromSparkContext(job.spark().sparkContext()), storage, checked, job.progress());
        return new Outcome(CompressView.text(result), result);
    }
}
