package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.ModelTraining;
import apportion.spark.experiment.Saturation;
import apportion.spark.experiment.saturation.ModelHeads;
import apportion.spark.experiment.saturation.SaturationJob;
import apportion.spark.failure.Diverged;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.train.TrainJob;
import apportion.spark.trained.TrainedModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trains the models of an experiment with the softmax's saturation, if it has some, and runs it. */
final class SaturationRun {

    private static final Logger LOG = LoggerFactory.getLogger(SaturationRun.class);

    private SaturationRun() {}

    static Outcome run(Job job, Saturation experiment, String command) {
        List<TrainSections> sections = sections(job, experiment);
        try (Claim claim = job.storage().claim(experiment.output(), "experiment", Program.sha256("saturation"))) {
            LOG.debug("claim={}", claim);
            List<ModelHeads> models = sections.isEmpty() ? List.of() : models(job, experiment, sections);
            Finished finished = SaturationJob.run(
                    job.storage(),
                    experiment,
                    models,
                    sections.isEmpty()
                            ? ExperimentCommand.origin(job, command, Map.of(), "experiment")
                            : ExperimentCommand.origin(
                                    job, command, Map.of(), "experiment", "model", "train", "compute"),
                    job.progress());
            return ExperimentCommand.outcome(finished);
        }
    }

    /** Checked before Spark starts. */
    private static List<TrainSections> sections(Job job, Saturation experiment) {
        if (!experiment.modelSeeds().isEmpty()) {
            job.settings().require("train.dataset");
        }
        return experiment.modelSeeds().stream()
                .map(seed -> TrainSections.bind(job.settings().with(List.of("train.seed=" + seed)))
                        .computedOn(job.sparkConf()))
                .toList();
    }

    private static List<ModelHeads> models(Job job, Saturation experiment, List<TrainSections> sections) {
        Storage storage = job.storage();
        Dataset dataset = Dataset.open(storage, job.settings().text("train.dataset"));
        List<TrainJob.Plan> plans =
                sections.stream().map(each -> each.plan(storage, dataset, "")).toList();
        plans.forEach(TrainJob::refuseMisfit);
        Warnings.ofWarmup(
                plans.stream().map(TrainJob.Plan::train).toList(),
                dataset.manifest().sequence());
        // Before hours of training: what is to be measured of the models must be there to see.
        ModelHeads.lengths(experiment, plans.get(0).model(), dataset);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        List<ModelHeads> models = new ArrayList<>();
        for (ModelTraining.Ended ended : new ModelTraining(context, storage, experiment.slotsPerTrial())
                .run("models", Storage.child(experiment.output(), "models"), plans, job.progress())) {
            ended.model()
                    .ifPresent(model -> models.add(
                            ModelHeads.of(experiment, TrainedModel.load(storage, model.checkpoint()), dataset)));
        }
        if (models.isEmpty()) {
            throw new Diverged(
                    0,
                    0,
                    "every model diverged; lower train.optimizer.learning-rate, or look at no models with"
                            + " experiment.model-seeds=[]");
        }
        return models;
    }
}
