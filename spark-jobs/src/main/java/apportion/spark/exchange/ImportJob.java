package apportion.spark.exchange;

import apportion.data.tokenize.Tokenizer;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Provenance;
import apportion.model.huggingface.HuggingFace;
import apportion.model.huggingface.HuggingFace.Imported;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.trained.UntrainedRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** Makes a checkpoint of a model that Hugging Face's library stored. */
public final class ImportJob {

    private static final int LARGEST_TOKENIZER = 1 << 28;

    private ImportJob() {}

    /**
     * What was imported.
     *
     * @param checkpoint directory of the run that now has the model
     * @param layout as people call it
     */
    public record Result(String checkpoint, String layout, int parameters, int layers, int vocabulary) {}

    /**
     * Reads all of the model, and then writes the checkpoint.
     *
     * @param from directory of the model
     * @param to directory that does not exist yet
     * @param compute how the model will be computed; stored with it
     * @throws UserError if the model cannot be used, or {@code to} exists
     */
    public static Result run(Storage storage, String from, String to, ComputeConfig compute) {
        // Messages name files as the user named their directory.
        String source = from.replaceAll("(?<=.)/+$", "");
        try (Claim claim = UntrainedRun.claim(storage, to)) {
            Imported imported = HuggingFace.read(storage.checkpoints(), source);
            Tokenizer tokenizer = tokenizer(storage, source);
            if (tokenizer.vocabularySize() != imported.model().vocabulary()) {
                throw new UserError(Storage.child(source, HuggingFace.CONFIG) + ": vocab_size is "
                        + imported.model().vocabulary() + ", but " + Dataset.TOKENIZER + " beside it has "
                        + tokenizer.vocabularySize() + " tokens; they must be equal");
            }
            String settings = ImportedSettings.json(imported.model(), compute);
            Provenance provenance = new Provenance(
                    Program.sha256(settings), Program.RELEASE, inputs(storage, source, imported), Map.of(), Map.of());
            new UntrainedRun(settings, imported.model(), imported.parameters(), tokenizer, provenance)
                    .write(storage, to, claim);
            return new Result(
                    storage.qualified(to),
                    imported.layout(),
                    imported.parameters().length,
                    imported.model().layers(),
                    imported.model().vocabulary());
        } catch (CheckpointError e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new Failure("cannot import " + from + ": " + e.getMessage(), e);
        }
    }

    private static Tokenizer tokenizer(Storage storage, String source) {
        String file = Storage.child(source, Dataset.TOKENIZER);
        if (!storage.exists(file)) {
            throw new UserError(
                    file + " is missing; AutoTokenizer.from_pretrained(...).save_pretrained(...) writes it");
        }
        try {
            return Tokenizer.fromJson(new String(storage.read(file, LARGEST_TOKENIZER), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + " cannot be used: " + e.getMessage(), e);
        }
    }

    private static Map<String, String> inputs(Storage storage, String source, Imported imported) {
        Map<String, String> hashes = new TreeMap<>();
        hashes.put(HuggingFace.CONFIG, storage.sha256(Storage.child(source, HuggingFace.CONFIG)));
        imported.files().forEach(file -> hashes.put(file, storage.sha256(Storage.child(source, file))));
        return hashes;
    }
}
