package apportion.spark.trained;

import apportion.data.tokenize.Tokenizer;
import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointContents;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.FlatVector;
import apportion.model.checkpoint.Parameters;
import apportion.model.checkpoint.Provenance;
import apportion.model.checkpoint.TrainingState;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Claim;
import apportion.spark.storage.StagedDirectory;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * A run's directory for a model that was not trained by a run: one checkpoint, of round 0 and without optimizer state,
 * and the tokenizer beside it.
 *
 * @param settings JSON to store beside it, of the sections {@code model}, {@code train} and {@code compute}
 * @param parameters all weights, as {@link ParameterLayout} places them
 */
public record UntrainedRun(
        String settings, ModelConfig model, float[] parameters, Tokenizer tokenizer, Provenance provenance) {

    /**
     * Claims a path where nothing is yet.
     *
     * @throws UserError if something is, if another process is at work on it, or if it cannot be written
     */
    public static Claim claim(Storage storage, String output) {
        requireFree(storage, output);
        Claim claim = storage.claimWhole(output);
        try {
            // Another process may have finished it meanwhile.
            requireFree(storage, output);
            return claim;
        } catch (RuntimeException e) {
            claim.close();
            throw e;
        }
    }

    private static void requireFree(Storage storage, String output) {
        if (storage.exists(output) && !storage.isUnfinished(output)) {
            throw new UserError(output + " exists, and is not written over; name another place, or move it away");
        }
    }

    /** Writes it, whole or not at all, to a path that was {@linkplain #claim claimed}. */
    public void write(Storage storage, String directory, Claim claim) throws IOException {
        try (StagedDirectory staged = storage.stage(directory)) {
            staged.write(Dataset.TOKENIZER, out -> out.write(tokenizer.toJson().getBytes(StandardCharsets.UTF_8)));
            String checkpoint = new Checkpoints(storage.checkpoints(), staged.path()).write(contents(), 1);
            // Reads it again and compares the sums.
            Checkpoint.open(storage.checkpoints(), checkpoint);
            claim.require();
            staged.commit();
        }
    }

    private CheckpointContents contents() {
        return new CheckpointContents(
                settings,
                new TrainingState(
                        0,
                        0,
                        0,
                        List.of(),
                        Optional.empty(),
                        provenance.withInput(Provenance.TOKENIZER, tokenizer.sha256())),
                new Parameters(
                        FlatVector.of(parameters),
                        ParameterLayout.of(model).slices().stream()
                                .map(slice -> Parameters.Slice.of(slice.name(), slice.rows(), slice.columns()))
                                .toList()),
                Optional.empty(),
                Collections.emptyIterator());
    }
}
