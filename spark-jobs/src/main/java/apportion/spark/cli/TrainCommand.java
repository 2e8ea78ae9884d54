package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import apportion.spark.train.RoundRecord;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainEstimate;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainMemory;
import apportion.spark.train.TrainResult;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "train",
        description = "Train replicas of a model on a dataset, averaging them after every round.",
        footer = {"", "A run that was stopped goes on from its newest checkpoint when the same command is given again."
        })
final class TrainCommand extends JobCommand {

    // The default is named, or picocli would switch the option back when the command is given again in one process.
    @Option(
            names = "--dry-run",
            defaultValue = "false",
            description = "Check everything and say what the run will cost, without starting it.")
    private boolean dryRun;

    @Override
    Outcome run(Job job) {
        job.settings().require("train.dataset", "train.output");
        TrainSections sections = TrainSections.bind(job.settings());
        return dryRun ? dry(job, sections) : trained(job, plan(sections.computedOn(job.sparkConf()), job.storage()));
    }

    private static TrainJob.Plan plan(TrainSections sections, Storage storage) {
        Dataset dataset = Dataset.open(storage, sections.train().dataset().orElseThrow());
        return sections.plan(storage, dataset, sections.train().output().orElseThrow());
    }

    private static Outcome trained(Job job, TrainJob.Plan plan) {
        Warnings.ofWarmup(plan.train(), plan.dataset().manifest().sequence());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return outcome(TrainJob.run(context, job.storage(), plan, job.progress()));
    }

    /** Without Spark: a dataset that is not there yet is replaced by a vocabulary that the configuration names. */
    private static Outcome dry(Job job, TrainSections sections) {
        ModelSettings model = sections.model();
        TrainConfig train = sections.train();
        Storage storage = Storage.withDefaults();
        String dataset = storage.qualified(train.dataset().orElseThrow());
        if (model.vocabulary().isPresent() && !storage.exists(dataset)) {
            ModelConfig sized = model.toModel(model.vocabulary().getAsInt());
            TrainJob.refuseTiesBeyondTheEnd(sized.sharing().embedding(), train.totalSteps(sized.context()));
            sections.checkStart(storage, sized);
            TrainMemory.refuseBeyondArrays(sized, train);
            Warnings.ofWarmup(train, sized.context());
            return DryRun.outcome(
                    sized,
                    TrainEstimate.of(sized, train, sized.context()),
                    TrainMemory.of(sized, train, sized.context(), cores()),
                    false);
        }
        TrainJob.Plan plan = plan(sections.computedOn(job.sparkConf()), storage);
        TrainJob.refuseMisfit(plan);
        int sequence = plan.dataset().manifest().sequence();
        Warnings.ofWarmup(train, sequence);
        return DryRun.outcome(
                plan.model(),
                TrainEstimate.of(plan.model(), train, sequence),
                TrainMemory.of(plan.model(), train, sequence, cores()),
                true);
    }

    /** Of the embedded Spark. */
    private static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    private static Outcome outcome(TrainResult result) {
        RoundRecord last = result.last();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("checkpoint", result.checkpoint());
        json.put("rounds", last.round());
        json.put("steps", last.step());
        json.put("tokens", last.tokens());
        json.put("trainingLoss", last.loss());
        json.put("validationLoss", last.validationLoss());
        json.put("seconds", result.seconds());
        json.put("tokensPerSecond", last.tokens() / result.seconds());
        json.put("syncShare", result.syncShare());
        String text = String.format(
                Locale.ROOT,
                "%s: validation loss %.4f nats per token after %,d steps and %,d tokens in %.0f s (%,.0f tokens/s,"
                        + " %.0f%% of the time not for steps)",
                result.checkpoint(),
                last.validationLoss(),
                last.step(),
                last.tokens(),
                result.seconds(),
                last.tokens() / result.seconds(),
                100 * result.syncShare());
        return new Outcome(text, json);
    }
}
