package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.config.BlockConfig;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Sharing;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TrainedModel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The model whose parameters a run begins with ({@code train.from}); all else of the run is new: its steps, schedule,
 * optimizer and order of sequences.
 *
 * @param checkpoint its directory
 * @param sha256 of its manifest, which stands for all of it: the same model elsewhere is the same beginning
 */
public record StartingModel(String checkpoint, String sha256) {

    /** What a checkpoint's provenance calls the model that its run began with. */
    public static final String INPUT = "from";

    /** Settings by which the same parameters make the same model, whatever they are. */
    private static final Set<String> FREE = Set.of("model.dropout", "model.feed-forward.experts.balance");

    private static final String INITIALIZATION = "model.initialization";
    private static final String CONTEXT = "model.context";

    /**
     * Finds the model, and checks that a run can begin with it.
     *
     * @param path a checkpoint, or a run, whose newest is taken
     * @param dataset what the run reads; empty if that is not there yet
     * @throws UserError if there is no such checkpoint, or it is another model, or of another tokenizer
     */
    public static StartingModel open(
            Storage storage, String path, ModelConfig model, RunSettings settings, Optional<Dataset> dataset) {
        TrainedModel trained = load(storage, path);
        trained.requireFinite();
        dataset.ifPresent(data -> trained.refuseOtherTokenizer(data, TrainedModel.PREPARE_AGAIN));
        refuseChangingTies(model);
        refuseOtherModel(storage, trained, model, settings);
        return of(storage, trained);
    }

    /** The model of a checkpoint that was just read. */
    public static StartingModel of(Storage storage, TrainedModel trained) {
        return new StartingModel(
                trained.directory(), storage.sha256(Storage.child(trained.directory(), TrainedModel.MANIFEST)));
    }

    /**
     * What a run that was stopped began with, if its checkpoints say that they began with this path: to go on, it does
     * not need that model any more.
     *
     * @param output directory of the run
     */
    public static Optional<StartingModel> remembered(Storage storage, String path, String output) {
        try {
            Optional<Checkpoint> newest = new Checkpoints(storage.checkpoints(), storage.qualified(output))
                    .newest()
                    .newest();
            return newest.filter(checkpoint ->
                            new RunSettings(checkpoint.config()).startsFrom().equals(Optional.of(path)))
                    .map(checkpoint -> checkpoint.state().provenance().inputs().get(INPUT))
                    .map(sha256 -> new StartingModel(path, sha256));
        } catch (CheckpointError e) {
            throw new UserError(String.valueOf(e.getMessage()), e);
        } catch (IOException e) {
            throw new Failure("cannot read the checkpoints of " + output + ": " + e.getMessage(), e);
        }
    }

    /** Its parameters. */
    float[] parameters(Storage storage) throws IOException {
        return Checkpoint.open(storage.checkpoints(), storage.qualified(checkpoint))
                .parameters()
                .values()
                .floats();
    }

    private static TrainedModel load(Storage storage, String path) {
        try {
            return TrainedModel.load(storage, path);
        } catch (UserError e) {
            throw new UserError("train.from: " + e.getMessage(), e);
        }
    }

    private static void refuseChangingTies(ModelConfig model) {
        Sharing.Embedding sharing = model.sharing().embedding();
        if (sharing instanceof Sharing.Embedding.TiedUntil || sharing instanceof Sharing.Embedding.UntiedUntil) {
            throw new UserError("train.from: model.sharing.embedding changes at a step of the run, and the checkpoint's"
                    + " run may be beyond it; begin with a model that shares full or none");
        }
    }

    private static void refuseOtherModel(
            Storage storage, TrainedModel trained, ModelConfig model, RunSettings settings) {
        if (essence(trained.model(), model).equals(essence(model, model))) {
            return;
        }
        List<String> differences = differences(storage, trained, model, settings);
        throw new UserError("train.from: the model in " + trained.directory() + " is another one"
                + (differences.isEmpty() ? "" : ": " + String.join(", ", differences))
                + "; configure the same model, or begin with another checkpoint");
    }

    private static List<String> differences(
            Storage storage, TrainedModel trained, ModelConfig model, RunSettings settings) {
        try {
            String stored = Checkpoint.reopen(storage.checkpoints(), trained.directory())
                    .config();
            return settings.differencesFrom(new RunSettings(stored).withHeads(trained.model())).stream()
                    .filter(difference -> difference.startsWith("model.") && !isFree(difference, model))
                    .toList();
        } catch (IOException | CheckpointError | IllegalArgumentException e) {
            // The refusal stands without them.
            return List.of();
        }
    }

    private static boolean isFree(String difference, ModelConfig model) {
        String key = difference.substring(0, difference.indexOf(' '));
        return FREE.contains(key)
                || key.startsWith(INITIALIZATION)
                || (key.equals(CONTEXT) && model.positions().extend());
    }

    /** A model but for what its parameters are not about: how they once began, and what acts in training alone. */
    private static ModelConfig essence(ModelConfig model, ModelConfig like) {
        BlockConfig block = model.block();
        FeedForwardConfig network = block.feedForward();
        Experts experts = network.experts();
        return new ModelConfig(
                model.vocabulary(),
                model.positions().extend() ? like.context() : model.context(),
                model.width(),
                model.layers(),
                new BlockConfig(
                        block.attention(),
                        block.perLayer(),
                        block.scores(),
                        new FeedForwardConfig(
                                network.width(),
                                network.activation(),
                                new Experts(experts.count(), experts.topK(), experts.gates(), 0, experts.weights())),
                        block.norm(),
                        block.bias(),
                        0),
                model.positions(),
                model.sharing(),
                model.embedding(),
                like.initialization());
    }
}
