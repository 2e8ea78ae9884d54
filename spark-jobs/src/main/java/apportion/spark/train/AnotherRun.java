package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.CheckpointError;
import apportion.model.checkpoint.Checkpoints;
import apportion.model.checkpoint.Provenance;
import apportion.spark.failure.UserError;
import apportion.spark.provenance.Program;
import apportion.spark.storage.OwnedByAnother;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Says in what a run differs from the one that its directory belongs to. */
final class AnotherRun {

    /** A user sees from so many that it is quite another run. */
    private static final int MOST_NAMED = 6;

    private AnotherRun() {}

    /** The refusal with what differs, where the directory holds a checkpoint that tells it. */
    static UserError explained(OwnedByAnother refusal, TrainJob.Plan plan, Checkpoints checkpoints) {
        List<String> differences = differences(plan, checkpoints);
        if (differences.isEmpty()) {
            return refusal;
        }
        int named = Math.min(MOST_NAMED, differences.size());
        String rest = named == differences.size() ? "" : " and " + (differences.size() - named) + " more";
        return new UserError(
                plan.output() + " belongs to another run: " + String.join(", ", differences.subList(0, named)) + rest
                        + "; name another output directory, or delete it",
                refusal);
    }

    private static List<String> differences(TrainJob.Plan plan, Checkpoints checkpoints) {
        try {
            Optional<Checkpoint> newest = checkpoints.newest().newest();
            return newest.isPresent() ? from(newest.get(), plan) : List.of();
        } catch (IOException | CheckpointError | IllegalArgumentException e) {
            // The refusal stands without them.
            return List.of();
        }
    }

    private static List<String> from(Checkpoint stored, TrainJob.Plan plan) {
        Provenance provenance = stored.state().provenance();
        List<String> differences = new ArrayList<>(plan.settings().differencesFrom(new RunSettings(stored.config())));
        String dataset = plan.dataset().manifest().identity();
        String before = provenance.inputs().getOrDefault(TrainJob.DATASET, "unknown");
        if (!before.equals(dataset)) {
            differences.add("the dataset " + plan.dataset().path() + " is " + dataset + " (there " + before + ")");
        }
        String from = plan.from().map(StartingModel::sha256).orElse("none");
        String began = provenance.inputs().getOrDefault(StartingModel.INPUT, "none");
        if (!began.equals(from)) {
            differences.add("the model of train.from is " + from + " (there " + began + ")");
        }
        if (!provenance.codeVersion().equals(Program.RELEASE)) {
            differences.add("this program is release " + Program.RELEASE + " (there " + provenance.codeVersion() + ")");
        }
        return differences;
    }
}
