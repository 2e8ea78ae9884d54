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
        ModelConfig model = model(settings);
        String json = json(settings, model);
        for (long round : rounds) {
            ParameterLayout layout = ParameterLayout.of(model);
            write(run, json, layout, round, layout.initialize(round));
        }
        return run;
    }

    /** A model that diverged: weights of its only checkpoint are another number than they should be. */
    public static Path diverged(Path run, int weight, float value) throws IOException {
        write(run);
        Settings settings = Settings.load(Optional.empty(), List.of(SETTINGS));
        ModelConfig model = model(settings);
        ParameterLayout layout = ParameterLayout.of(model);
        float[] weights = layout.initialize(1);
        weights[weight] = value;
        write(run, json(settings, model), layout, 1, weights);
        return run;
    }

    /**
     * A model whose checkpoint says how the texts that it learned from were read.
     *
     * @param data keys of the section {@code data}, as JSON
     */
    public static Path reading(Path run, String data) throws IOException {
        write(run);
        Settings settings = Settings.load(Optional.empty(), List.of(SETTINGS));
        ModelConfig model = model(settings);
        String json = json(settings, model);
        ParameterLayout layout = ParameterLayout.of(model);
        write(run, "{\"data\":" + data + "," + json.substring(1), layout, 1, layout.initialize(1));
        return run;
    }

    private static ModelConfig model(Settings settings) {
        return settings.bind("model", ModelSettings.class)
                .get()
                .toModel(Tokenizer.bytes().vocabularySize());
    }

    private static String json(Settings settings, ModelConfig model) {
        return RunSettings.of(settings.canonicalJson("model", "train", "compute"), model, 1, 1e-3)
                .json();
    }

    private static void write(Path run, String json, ParameterLayout layout, long round, float[] weights)
            throws IOException {
        new Checkpoints(Storage.withDefaults().checkpoints(), run.toString())
                .write(contents(json, layout, round, weights), 9);
    }

    private static CheckpointContents contents(String json, ParameterLayout layout, long round, float[] weights) {
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
                        FlatVector.of(weights),
                        layout.slices().stream()
                                .map(slice -> Parameters.Slice.of(slice.name(), slice.rows(), slice.columns()))
                                .toList()),
                Optional.empty(),
                List.of(new ReplicaState(0, zeros, zeros)).iterator());
    }
}
