package apportion.spark.cli;

import apportion.spark.generate.GenerateConfig;
import apportion.spark.generate.GenerateJob;
import apportion.spark.storage.Storage;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "generate",
        description = "Sample text from a checkpoint.",
        footer = {"", "Example:", "  apportion generate --checkpoint runs/shakespeare --prompt 'ROMEO:' --tokens 200"})
final class GenerateCommand extends JobCommand {

    @Option(names = "--checkpoint", paramLabel = "DIR", description = "A checkpoint, or a run, whose newest is taken.")
    private @Nullable String checkpoint;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "Text to go on from; empty: a new document.")
    private @Nullable String prompt;

    @Option(names = "--tokens", paramLabel = "N", description = "Most tokens to add.")
    private @Nullable Integer tokens;

    @Option(names = "--seed", paramLabel = "N", description = "Another seed gives another text.")
    private @Nullable Long seed;

    @Override
    List<String> shortcuts() {
        List<String> keys = new ArrayList<>();
        shortcut(keys, "generate.checkpoint", checkpoint);
        shortcut(keys, "generate.prompt", prompt);
        shortcut(keys, "generate.tokens", tokens);
        shortcut(keys, "generate.seed", seed);
        return keys;
    }

    @Override
    Outcome run(Job job) {
        Supplier<GenerateConfig> config = job.settings().bind("generate", GenerateConfig.class);
        GenerateJob.Generated generated = GenerateJob.run(Storage.withDefaults(), config.get(), job.progress());
        return new Outcome(generated.text(), generated);
    }
}
