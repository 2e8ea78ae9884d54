package apportion.model.checkpoint;

import java.util.List;
import java.util.Optional;

/**
 * Where a run stands between two rounds; all that is not a vector.
 *
 * @param round finished rounds
 * @param step optimizer steps that the schedule has seen
 * @param tokens tokens that all replicas have trained on
 * @param replicas in the order of their numbers; none where no optimizer state is kept, as after an import
 * @param allotment who reads what of the data, in the words of the data's reader, where cursors alone do not say it
 * @param history the file of the run directory that holds a record a round, where there is one
 * @param provenance how the run came to be
 */
public record TrainingState(
        long round,
        long step,
        long tokens,
        List<Replica> replicas,
        Optional<String> allotment,
        Optional<String> history,
        Provenance provenance) {

    /** A state whose cursors say all. */
    public TrainingState(
            long round,
            long step,
            long tokens,
            List<Replica> replicas,
            Optional<String> history,
            Provenance provenance) {
        this(round, step, tokens, replicas, Optional.empty(), history, provenance);
    }

    /**
     * Where one replica stands.
     *
     * @param cursor what it has taken from its data, in the unit of the data's reader
     * @param step optimizer steps that its moments have seen, for their bias correction
     */
    public record Replica(long cursor, long step) {

        public Replica {
            requireNotNegative("a replica's cursor", cursor);
            requireNotNegative("a replica's step", step);
        }
    }

    public TrainingState {
        requireNotNegative("round", round);
        requireNotNegative("step", step);
        requireNotNegative("tokens", tokens);
        replicas = List.copyOf(replicas);
    }

    private static void requireNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException(what + " must be at least 0, got " + value);
        }
    }
}
