package apportion.spark.cli;

import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.train.RoundRecord;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
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
        job.settings().require("train.dataset", "train.output");
        job.settings()
                .check(
                        "model",
                        () -> model.get().toModel(model.get().vocabulary().orElse(2)));
        job.settings().throwIfWrong();
        TrainConfig config = train.get();
        Dataset dataset = Dataset.open(job.storage(), config.dataset().orElseThrow());
        int vocabulary = dataset.manifest().tokenizer().vocabularySize();
        job.settings().check("model", () -> model.get().toModel(vocabulary));
        ModelConfig sized = model.get().toModel(vocabulary);
        TrainJob.Plan plan = new TrainJob.Plan(
                "train " + layouts(sized.block()),
                sized,
                config,
                compute.get(),
                dataset,
                RunSettings.of(
                        job.settings().canonicalJson("model", "train", "compute"),
                        sized,
                        config.seed(),
                        config.optimizer().learningRate()),
                config.output().orElseThrow());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return outcome(TrainJob.run(context, job.storage(), plan, job.progress()));
    }

    /** Of the layers in their order, each layout once. */
    private static String layouts(BlockConfig block) {
        return block.perLayer().isEmpty()
                ? block.attention().toString()
                : block.perLayer().stream()
                        .distinct()
                        .map(AttentionConfig::toString)
                        .collect(Collectors.joining(", "));
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
                Locale.ROOT,
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
