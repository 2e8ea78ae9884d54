package apportion.spark.report;

import com.fasterxml.jackson.annotation.JsonProperty;

/**
 * One line of a sweep's ledger: a trial that ended, well or badly.
 *
 * @param id hash of everything that could change the result
 * @param setting what set it apart from the other trials
 * @param cost what the trial spent, as far as it got
 * @param curve losses on the way; empty if none was recorded
 * @param outcome how it ended
 * @param provenance what produced it
 */
public record TrialResult(
        String id, Setting setting, Cost cost, LearningCurve curve, Outcome outcome, Provenance provenance) {

    public TrialResult {
        if (id.isBlank()) {
            throw new IllegalArgumentException("a trial's id must not be blank");
        }
    }

    /** Why a trial was run. */
    public enum Purpose {
        /** To choose the layout's learning rate. */
        @JsonProperty("tuning")
        TUNING,
        /** To be compared with other layouts. */
        @JsonProperty("comparison")
        COMPARISON
    }

    /**
     * What sets one trial of a sweep apart from the others.
     *
     * @param layout how attention was divided into heads, and what follows from it
     * @param seed of the initial weights and of the order of the data
     * @param learningRate at the schedule's peak
     * @param purpose what its loss is used for
     */
    public record Setting(Layout layout, long seed, double learningRate, Purpose purpose) {}

    /** How attention was divided into heads. */
    public Layout layout() {
        return setting.layout();
    }

    /** Seed of the initial weights and of the order of the data. */
    public long seed() {
        return setting.seed();
    }

    /**
     * What a trial spent.
     *
     * @param parameters trained numbers of the model
     * @param forwardFlops floating-point operations of one forward pass over one sequence
     * @param keyValueBytes memory of the keys and values that generation keeps for one sequence
     * @param seconds of training, without evaluation
     * @param tokens seen in training, repeated ones as often as they were seen
     */
    public record Cost(long parameters, long forwardFlops, long keyValueBytes, double seconds, long tokens) {

        public Cost {
            atLeastZero(parameters, "parameters");
            atLeastZero(forwardFlops, "forwardFlops");
            atLeastZero(keyValueBytes, "keyValueBytes");
            atLeastZero(tokens, "tokens");
            if (!(seconds >= 0) || Double.isInfinite(seconds)) {
                throw new IllegalArgumentException("seconds must be finite and at least 0, got " + seconds);
            }
        }

        /** Training speed; 0 if no time was spent. */
        public double tokensPerSecond() {
            return seconds > 0 ? tokens / seconds : 0;
        }

        private static void atLeastZero(long value, String name) {
            if (value < 0) {
                throw new IllegalArgumentException(name + " must be at least 0, got " + value);
            }
        }
    }
}
