package apportion.spark.cli;

import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.train.RoundRecord;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

@Command(
        name = "train",
        description = "Train replicas of a model on a dataset, averaging them after every round.",
        footer = {"", "A run that was stopped goes on from its newest checkpoint when the same command is given again."
        })
final class TrainCommand extends JobCommand {

    @Override
    Outcome run(Job job) {
        Supplier<ModelSettings> model = job.settings().bind("model", ModelSettings.class);
        Supplier<TrainConfig> train = job.settings().bind("train", TrainConfig.class);
        Supplier<ComputeConfig> compute = job.settings().bind("compute", ComputeConfig.class);
        job.settings()
                .check(
                        "model",
                        () -> model.get().toModel(model.get().vocabulary().orElse(2)));
        TrainConfig config = train.get();
        String output = config.output()
                .orElseThrow(() -> new UserError("train.output must name the directory of the run; set it in the"
                        + " file, or with --set train.output=..."));
        String data = config.dataset()
                .orElseThrow(() -> new UserError("train.dataset must name the directory that prepare wrote"));
        Dataset dataset = Dataset.open(job.storage(), data);
        ModelConfig sized = model.get().toModel(dataset.manifest().tokenizer().vocabularySize());
        TrainJob.Plan plan = new TrainJob.Plan(
                "train " + sized.block().attention(),
                sized,
                config,
                compute.get(),
                dataset,
                RunSettings.of(job.settings().canonicalJson("model", "train", "compute"), sized, config.seed()),
                output);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return outcome(TrainJob.run(context, job.storage(), plan, job.progress()));
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
        String text = String.format(
                "%s: validation loss %.4f nats per token after %,d steps and %,d tokens in %.0f s (%,.0f tokens/s)",
                result.checkpoint(),
                last.validationLoss(),
                last.step(),
                last.tokens(),
                result.seconds(),
                last.tokens() / result.seconds());
        return new Outcome(text, json);
    }
}
