package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;

/** Reads the sections {@code model}, {@code train} and {@code compute}. */
@Command(
        name = "train",
        description = "Trains replicas of one model on a dataset and averages them after every round.",
        footer = {
            "",
            "A run that was stopped goes on from its newest checkpoint when the same command is given again.",
            "",
            "Example:",
            "  apportion train conf/train/shakespeare-char.conf --set train.seed=2"
        })
final class TrainCommand extends JobCommand {

    /** What {@code --json} shows; the losses are of the last round and its validation. */
    private record Shown(
            String checkpoint,
            long rounds,
            double loss,
            @Nullable Double validationLoss,
            double seconds) {

        String text() {
            return String.format(
                    Locale.ROOT,
                    "%s: %d rounds, training loss %.4f, validation loss %.4f nats per token, %.1f s",
                    checkpoint,
                    rounds,
                    loss,
                    validationLoss,
                    seconds);
        }
    }

    @Override
    Outcome run(Job job) {
        Settings settings = job.settings();
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        Supplier<TrainConfig> train = settings.bind("train", TrainConfig.class);
        Supplier<ComputeConfig> compute = settings.bind("compute", ComputeConfig.class);
        settings.check("train", () -> requireDirectories(train.get()));
        settings.check("model", () -> model.get().requireLayout());
        settings.throwIfWrong();

        Storage storage = job.storage();
        Dataset dataset = Dataset.open(storage, train.get().dataset().orElseThrow());
        ModelConfig config = fitted(model.get(), dataset);
        RunSettings run = RunSettings.of(
                settings.canonicalJson("model", "train", "compute"),
                config,
                train.get().seed());
        TrainJob.Plan plan = new TrainJob.Plan(
                "train",
                config,
                train.get(),
                compute.get(),
                dataset,
                run,
                train.get().output().orElseThrow());
        JavaSparkContext spark = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return shown(TrainJob.run(spark, storage, plan, job.progress()));
    }

    private static void requireDirectories(TrainConfig train) {
        if (train.dataset().isEmpty()) {
            throw new IllegalArgumentException(
                    "dataset must name the directory that prepare wrote; add --set train.dataset=DIRECTORY");
        }
        if (train.output().isEmpty()) {
            throw new IllegalArgumentException(
                    "output must name a directory for checkpoints; add --set train.output=DIRECTORY");
        }
    }

    private static ModelConfig fitted(ModelSettings model, Dataset dataset) {
        try {
            return model.toModel(dataset.manifest().tokenizer().vocabularySize());
        } catch (IllegalArgumentException e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        }
    }

    private static Outcome shown(TrainResult result) {
        Shown shown = new Shown(
                result.checkpoint(),
                result.last().round(),
                result.last().loss(),
                result.last().validationLoss(),
                result.seconds());
        return new Outcome(shown.text(), shown);
    }
}
