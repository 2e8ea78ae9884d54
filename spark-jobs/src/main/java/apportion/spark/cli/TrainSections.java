package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
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

    /** The run on a dataset, whose vocabulary must suit the model. */
    TrainJob.Plan plan(Dataset dataset, String output) {
        int vocabulary = dataset.manifest().tokenizer().vocabularySize();
        settings.check("model", () -> model.toModel(vocabulary));
        settings.throwIfWrong();
        ModelConfig sized = model.toModel(vocabulary);
        String canonical = settings.canonicalJson("model", "train", "compute");
        return new TrainJob.Plan(
                "train " + sized.block().attention(),
                sized,
                train,
                compute,
                dataset,
                RunSettings.of(canonical, sized, train.seed(), train.optimizer().learningRate())
                        .computedBy(compute),
                output);
    }
}
