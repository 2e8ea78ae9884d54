package apportion.spark.trained;

import apportion.data.tokenize.Tokenizer;
import apportion.model.checkpoint.CheckpointContents;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.FlatVector;
import apportion.model.checkpoint.Parameters;
import apportion.model.checkpoint.Provenance;
import apportion.model.checkpoint.ReplicaState;
import apportion.model.checkpoint.TrainingState;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The directory of a run whose model was never trained: initial weights of a model with a context of 8. */
public final class TinyModel {

    private static final String SETTINGS = "model={ layers = 1, width = 8, context = 8, initialization.std = 0.5,"
            + " feed-forward.width = 8, attention.heads = 2 }";

    private TinyModel() {}

    /** Writes checkpoints of some rounds, each with other weights, and a tokenizer of bytes. */
    public static Path write(Path run, long... rounds) throws IOException {
        return write(run, "", rounds);
    }

    /** The same of a model with other settings, too. */
    public static Path write(Path run, String others, long... rounds) throws IOException {
        Tokenizer tokenizer = Tokenizer.bytes();
        Files.createDirectories(run);
        Files.writeString(run.resolve("tokenizer.json"), tokenizer.toJson());
        Settings settings = Settings.load(Optional.empty(), List.of(SETTINGS, "model={ " + others + " }"));
        ModelConfig model = settings.bind("model", ModelSettings.class).get().toModel(tokenizer.vocabularySize());
        String json = RunSettings.of(settings.canonicalJson("model", "train", "compute"), model, 1, 1e-3)
                .json();
        for (long round : rounds) {
            new Checkpoints(Storage.withDefaults().checkpoints(), run.toString())
                    .write(contents(json, ParameterLayout.of(model), round), 9);
        }
        return run;
    }

    private static CheckpointContents contents(String json, ParameterLayout layout, long round) {
        FlatVector zeros = FlatVector.of(new float[Math.toIntExact(layout.size())]);
        return new CheckpointContents(
                json,
                new TrainingState(
                        round,
                        round,
                        round,
                        List.of(new TrainingState.Replica(round, round)),
                        Optional.empty(),
                        new Provenance(Program.sha256(json), Program.RELEASE, Map.of(), Map.of(), Map.of())),
                new Parameters(
                        FlatVector.of(layout.initialize(round)),
                        layout.slices().stream()
                                .map(slice -> Parameters.Slice.of(slice.name(), slice.rows(), slice.columns()))
                                .toList()),
                Optional.empty(),
                List.of(new ReplicaState(0, zeros, zeros)).iterator());
    }
}
