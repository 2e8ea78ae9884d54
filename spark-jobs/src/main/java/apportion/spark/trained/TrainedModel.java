package apportion.spark.trained;

import apportion.data.tokenize.Tokenizer;
import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.Provenance;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.prepare.TextRules;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * A model read from a checkpoint.
 *
 * @param directory of the checkpoint
 * @param compute what it was trained with, where that runs here
 * @param texts how the texts that it learned from were read; empty if the checkpoint does not say
 */
public record TrainedModel(
        String directory,
        ModelConfig model,
        ComputeConfig compute,
        float[] parameters,
        Tokenizer tokenizer,
        Optional<TextRules> texts) {

    /** What to do with a text that was prepared for another model. */
    public static final String PREPARE_AGAIN = "prepare the text with that tokenizer: data.tokenizer = { type = file,"
            + " path = .../" + Dataset.TOKENIZER + " }";

    private static final String PUT_BACK =
            "copy " + Dataset.TOKENIZER + " of its dataset there, or give the train command again, which writes it";

    private static final int LARGEST_TOKENIZER = 1 << 28;
    /** The file of a checkpoint whose hash stands for all of it. */
    public static final String MANIFEST = "manifest.json";

    /**
     * Reads a model.
     *
     * @param path directory of a checkpoint, or of a run, whose newest checkpoint is taken
     * @throws UserError if there is none, or it cannot be used
     */
    public static TrainedModel load(Storage storage, String path) {
        String directory = storage.qualified(path);
        try {
            Checkpoint checkpoint = storage.exists(Storage.child(directory, MANIFEST))
                    ? Checkpoint.open(storage.checkpoints(), directory)
                    : newest(storage, directory);
            return of(storage, checkpoint);
        } catch (CheckpointError e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (IllegalArgumentException e) {
            throw new UserError(directory + " cannot be used: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new Failure("cannot read the checkpoint in " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Opens a dataset that the model can read.
     *
     * @param otherwise what to do where the text was prepared for another model
     * @throws UserError if it was prepared with another tokenizer, or its sequences are too long
     */
    public Dataset datasetFor(Storage storage, String path, String otherwise) {
        Dataset dataset = Dataset.open(storage, path);
        refuseOtherTokenizer(dataset, otherwise);
        if (dataset.manifest().sequence() > model.context()
                && !model.positions().extend()) {
            throw new UserError(path + " has sequences of " + dataset.manifest().sequence()
                    + " tokens, but the model's learned positions end at " + model.context());
        }
        return dataset;
    }

    /**
     * Refuses tokens that are not the model's.
     *
     * @param otherwise what to do where the text was prepared for another model
     * @throws UserError if the dataset was prepared with another tokenizer
     */
    public void refuseOtherTokenizer(Dataset dataset, String otherwise) {
        if (!dataset.manifest().tokenizer().sha256().equals(tokenizer.sha256())) {
            throw new UserError(dataset.path() + " was prepared with another tokenizer than " + directory
                    + " was trained with; " + otherwise);
        }
    }

    private static Checkpoint newest(Storage storage, String run) throws IOException {
        Checkpoints.Search search = new Checkpoints(storage.checkpoints(), run).newest();
        return search.newest()
                .orElseThrow(() -> new UserError(run + " holds no checkpoint"
                        + (search.skipped().isEmpty()
                                ? "; name the directory that train wrote, or one checkpoint in it"
                                : " that can be read: "
                                        + search.skipped().get(0).reason())));
    }

    private static Tokenizer tokenizer(Storage storage, String file) {
        try {
            return Tokenizer.fromJson(new String(storage.read(file, LARGEST_TOKENIZER), StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw new UserError(file + " cannot be used: " + e.getMessage() + "; " + PUT_BACK, e);
        }
    }

    private static TrainedModel of(Storage storage, Checkpoint checkpoint) throws IOException {
        Settings settings = Settings.stored(checkpoint.directory(), checkpoint.config());
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        Supplier<ComputeConfig> compute = ComputeSettings.bind(settings);
        int slash = checkpoint.directory().lastIndexOf('/');
        String file = Storage.child(checkpoint.directory().substring(0, slash), Dataset.TOKENIZER);
        if (!storage.exists(file)) {
            throw new UserError(
                    file + " is missing; a checkpoint needs the tokenizer of its run beside it: " + PUT_BACK);
        }
        Tokenizer tokenizer = tokenizer(storage, file);
        String expected =
                checkpoint.state().provenance().inputs().getOrDefault(Provenance.TOKENIZER, tokenizer.sha256());
        if (!tokenizer.sha256().equals(expected)) {
            throw new UserError(file + " is not the tokenizer of " + checkpoint.directory() + ": its SHA-256 is "
                    + tokenizer.sha256() + ", but must be " + expected + "; " + PUT_BACK);
        }
        return new TrainedModel(
                checkpoint.directory(),
                model.get().toModel(tokenizer.vocabularySize()),
                compute.get().elsewhere(),
                checkpoint.parameters().values().floats(),
                tokenizer,
                TextRules.stored(settings));
    }

    /** The first weight that is NaN or infinite, such as {@code head.bias[0, 3] = NaN}. */
    public Optional<String> nonFiniteWeight() {
        for (int i = 0; i < parameters.length; i++) {
            if (!Float.isFinite(parameters[i])) {
                return Optional.of(weight(i));
            }
        }
        return Optional.empty();
    }

    private String weight(int index) {
        ParameterLayout.Slice slice = ParameterLayout.of(model).slices().stream()
                .filter(each -> index >= each.offset() && index < each.offset() + each.size())
                .findFirst()
                .orElseThrow();
        long within = index - slice.offset();
        return slice.name() + "[" + within / slice.columns() + ", " + within % slice.columns() + "] = "
                + parameters[index];
    }

    /**
     * Refuses a model whose weights are not numbers, before anything is made of it.
     *
     * @throws UserError if a weight is NaN or infinite
     */
    public void requireFinite() {
        nonFiniteWeight().ifPresent(weight -> {
            throw new UserError(directory + ": the weight " + weight
                    + ", but it must be a finite number; the run diverged: use an earlier checkpoint, or train again"
                    + " with a lower train.optimizer.learning-rate");
        });
    }
}
