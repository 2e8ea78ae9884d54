package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.train.StartingModel;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.spark.SparkConf;

/** The sections that a training run reads, checked together. */
record TrainSections(Settings settings, ModelSettings model, TrainConfig train, ComputeConfig compute) {

    static TrainSections bind(Settings settings) {
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        Supplier<TrainConfig> train = settings.bind("train", TrainConfig.class);
        Supplier<ComputeConfig> compute = ComputeSettings.bind(settings);
        settings.check(
                "model", () -> model.get().toModel(model.get().vocabulary().orElse(2)));
        settings.check(
                "train",
                () -> model.get()
                        .toModel(model.get().vocabulary().orElse(2))
                        .checkRecompute(train.get().recompute()));
        settings.throwIfWrong();
        return new TrainSections(settings, model.get(), train.get(), compute.get());
    }

    /** The same with the backend that these settings of Spark's lead to; before Spark starts, as it may refuse them. */
    TrainSections computedOn(SparkConf cluster) {
        return new TrainSections(settings, model, train, compute.resolved(cluster));
    }

    /** The run on a dataset, whose vocabulary must suit the model, as must what it begins with. */
    TrainJob.Plan plan(Storage storage, Dataset dataset, String output) {
        int vocabulary = dataset.manifest().tokenizer().vocabularySize();
        settings.check("model", () -> model.toModel(vocabulary));
        settings.throwIfWrong();
        ModelConfig sized = model.toModel(vocabulary);
        RunSettings run = runSettings(sized);
        return new TrainJob.Plan(
                "train " + sized.block().attention(),
                sized,
                train,
                compute,
                dataset,
                run,
                train.from().map(path -> startingModel(storage, path, sized, run, dataset, output)),
                output);
    }

    private RunSettings runSettings(ModelConfig sized) {
        String canonical = settings.canonicalJson("model", "train", "compute");
        return RunSettings.of(canonical, sized, train.seed(), train.optimizer().learningRate())
                .computedBy(compute);
    }

    /** A run that goes on needs not find again what it began with. */
    private static StartingModel startingModel(
            Storage storage, String path, ModelConfig model, RunSettings run, Dataset dataset, String output) {
        Optional<StartingModel> remembered = storage.exists(path) || output.isEmpty()
                ? Optional.empty()
                : StartingModel.remembered(storage, path, output);
        return remembered.orElseGet(() -> StartingModel.open(storage, path, model, run, Optional.of(dataset)));
    }

    /** Checks what the run begins with against a model alone, where there is no dataset yet. */
    void checkStart(Storage storage, ModelConfig sized) {
        train.from().ifPresent(path -> StartingModel.open(storage, path, sized, runSettings(sized), Optional.empty()));
    }
}
