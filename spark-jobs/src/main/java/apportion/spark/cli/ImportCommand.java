package apportion.spark.cli;

import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.exchange.ImportJob;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "import",
        description = "Make a checkpoint of a model that another program has stored.",
        footer = {
            "",
            "hf: a directory of Hugging Face's with config.json (gpt2 or llama),",
            "model.safetensors or its shards, and tokenizer.json (byte-level BPE).",
            "What a model here cannot be is refused by name.",
            "",
            "Texts are prepared for the model by its own tokenizer:",
            "  --set 'data.tokenizer={ type = file, path = DIR/tokenizer.json }'",
            "",
            "Example:",
            "  apportion import --from hf gpt2 --to runs/gpt2"
        })
final class ImportCommand extends JobCommand {

    @Option(
            names = "--from",
            arity = "2",
            required = true,
            hideParamSyntax = true,
            paramLabel = "hf DIR",
            description = "Format and directory of the model.")
    private List<String> from = List.of();

    @Option(names = "--to", required = true, paramLabel = "DIR", description = "Where the checkpoint will be.")
    private String to = "";

    @Override
    Outcome run(Job job) {
        ComputeConfig compute = ComputeSettings.bind(job.settings()).get();
        if (!from.get(0).equals("hf") || from.size() > 2) {
            throw new UserError("--from " + String.join(" ", from) + ": the format must be hf, given once");
        }
        ImportJob.Result result = ImportJob.run(Storage.withDefaults(), from.get(1), to, compute);
        String text = String.format(
                Locale.ROOT,
                "%s: %s of %,d parameters, layers %d, vocabulary %,d",
                result.checkpoint(),
                result.layout(),
                result.parameters(),
                result.layers(),
                result.vocabulary());
        return new Outcome(text, result);
    }
}
