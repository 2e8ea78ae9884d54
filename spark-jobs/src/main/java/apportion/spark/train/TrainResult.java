package apportion.spark.train;

import java.util.List;

/**
 * A finished run.
 *
 * @param checkpoint directory of its last checkpoint
 * @param parameters after the last round
 * @param rounds one record each, in order
 */
public record TrainResult(String checkpoint, float[] parameters, List<RoundRecord> rounds) {

    public TrainResult {
        rounds = List.copyOf(rounds);
    }

    /** The last round's record. */
    public RoundRecord last() {
        return rounds.get(rounds.size() - 1);
    }

    /** Seconds of training, without validation and checkpoints. */
    public double seconds() {
        return rounds.stream().mapToDouble(RoundRecord::seconds).sum();
    }

    /** Share of those seconds in which an average replica neither computed nor waited for data. */
    public double syncShare() {
        double busy = rounds.stream()
                .map(RoundRecord::split)
                .mapToDouble(split -> split.compute() + split.read())
                .sum();
        return 1 - busy / seconds();
    }
}
