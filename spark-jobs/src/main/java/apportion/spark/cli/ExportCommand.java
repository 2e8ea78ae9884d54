package apportion.spark.cli;

import apportion.model.optim.AdamWConfig;
import apportion.spark.exchange.ExportJob;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "export",
        description = "Give a checkpoint's model to another program.",
        footer = {
            "",
            "hf: a directory that Hugging Face's AutoModelForCausalLM and",
            "AutoTokenizer read, as GPT-2 or LLaMA, whichever the model is; one that",
            "is neither is refused with every reason.",
            "dl4j: a zip that Deeplearning4j's ModelSerializer restores with this jar",
            "on the class path; train.optimizer says its updater.",
            "",
            "Example:",
            "  apportion export --checkpoint runs/a --to hf --output a-hf"
        })
final class ExportCommand extends JobCommand {

    @Option(
            names = "--checkpoint",
            required = true,
            paramLabel = "DIR",
            description = "A checkpoint, or a run, whose newest is taken.")
    private String checkpoint = "";

    @Option(names = "--to", required = true, paramLabel = "hf|dl4j", description = "Format: hf or dl4j.")
    private String format = "";

    @Option(
            names = "--output",
            required = true,
            paramLabel = "PATH",
            description = "Directory (hf) or file (dl4j) to write; must not exist.")
    private String output = "";

    @Override
    Outcome run(Job job) {
        Supplier<AdamWConfig> optimizer = job.settings().bind("train.optimizer", AdamWConfig.class);
        ExportJob.Result result = switch (format) {
            case "hf" -> ExportJob.huggingFace(Storage.withDefaults(), checkpoint, output);
            case "dl4j" -> ExportJob.deeplearning4j(Storage.withDefaults(), checkpoint, output, optimizer.get());
            default -> throw new UserError("--to " + format + ": the format must be hf or dl4j");
        };
        String text = String.format(
                Locale.ROOT,
                "%s: %s of %,d parameters from %s",
                result.output(),
                result.layout(),
                result.parameters(),
                result.checkpoint());
        return new Outcome(text, result);
    }
}
