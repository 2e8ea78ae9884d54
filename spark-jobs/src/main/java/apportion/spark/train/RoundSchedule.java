package apportion.spark.train;

import java.io.Serializable;
import java.util.List;

/**
 * Which steps belong to which round.
 *
 * @param steps of the whole run
 * @param ramp stages before {@code localSteps} holds, in the order of their ends
 * @param localSteps {@code H}: steps of a round behind the ramp; the last may be shorter
 */
public record RoundSchedule(long steps, List<Stage> ramp, int localSteps) {

    /**
     * Rounds of another length at the beginning of a run: with one step each, post-local SGD (Lin et al. 2020); with
     * growing ones, a ramp.
     *
     * @param until step that ends the stage, the last one of its last round
     * @param localSteps of its rounds; the last may be shorter
     */
    public record Stage(long until, int localSteps) implements Serializable {
        public Stage {
            if (until < 1) {
                throw new IllegalArgumentException("until must be at least 1, got " + until);
            }
            if (localSteps < 1) {
                throw new IllegalArgumentException("local-steps must be at least 1, got " + localSteps);
            }
        }
    }

    /**
     * One round.
     *
     * @param number counted from 1
     * @param before steps of each replica before it
     * @param steps of each replica in it
     * @param localSteps what its stage says, which a stage's last round may fall short of
     */
    public record Round(long number, long before, long steps, int localSteps) {}

    public RoundSchedule {
        ramp = List.copyOf(ramp);
        checkRamp(ramp);
    }

    static void checkRamp(List<Stage> ramp) {
        for (int i = 1; i < ramp.size(); i++) {
            if (ramp.get(i).until() <= ramp.get(i - 1).until()) {
                throw new IllegalArgumentException(
                        "ramp must name its stages in the order of their ends, got one until "
                                + ramp.get(i).until() + " after one until "
                                + ramp.get(i - 1).until());
            }
        }
    }

    /** Rounds of the run. */
    public long rounds() {
        long rounds = 0;
        long from = 0;
        for (Stage stage : ramp) {
            long until = Math.min(stage.until, steps);
            rounds += roundsOf(until - from, stage.localSteps);
            from = until;
        }
        return rounds + roundsOf(steps - from, localSteps);
    }

    /** A round of the run. */
    public Round round(long number) {
        long earlier = 0;
        long from = 0;
        for (Stage stage : ramp) {
            long until = Math.min(stage.until, steps);
            long rounds = roundsOf(until - from, stage.localSteps);
            if (number <= earlier + rounds) {
                return round(number, from + (number - earlier - 1) * stage.localSteps, until, stage.localSteps);
            }
            earlier += rounds;
            from = until;
        }
        return round(number, from + (number - earlier - 1) * localSteps, steps, localSteps);
    }

    private static Round round(long number, long before, long until, int localSteps) {
        return new Round(number, before, Math.min(localSteps, until - before), localSteps);
    }

    private static long roundsOf(long steps, int localSteps) {
        return (steps + localSteps - 1) / localSteps;
    }
}
