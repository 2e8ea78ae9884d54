package apportion.model.optim;

import java.io.Serializable;
import java.util.Optional;

/**
 * What is made of the replicas' mean after a round.
 *
 * <p>Letters: {@code x} the parameters that the round began with, {@code m} the mean of the replicas after it, weighted
 * by their tokens, {@code g = x - m} the change that they ask for, {@code v} what is remembered of earlier ones,
 * {@code H} steps of a round, {@code W} replicas.
 */
public sealed interface Outer extends Serializable {

    /**
     * The step's constants.
     *
     * @param localSteps {@code H}
     * @param replicas {@code W}
     */
    Rule rule(int localSteps, int replicas);

    /**
     * {@code v' = momentum v + g}, then {@code x' = x - rate v'}, or with Nesterov's momentum {@code x' = x - rate (g +
     * momentum v')}.
     */
    record Rule(double rate, double momentum, boolean nesterov) {

        /** The mean as it is: {@code x' = m}. */
        static final Rule MEAN = new Rule(1, 0, false);

        /** Whether nothing has to be remembered between rounds. */
        public boolean forgets() {
            return momentum == 0;
        }
    }

    /** The mean itself (McDonald et al. 2010; local SGD). */
    record Average() implements Outer {
        @Override
        public Rule rule(int localSteps, int replicas) {
            return Rule.MEAN;
        }
    }

    /**
     * Blockwise model-update filtering (Chen and Huo 2016, equations 3 to 5, classical block momentum).
     *
     * @param learningRate of a round; 1 if absent
     * @param momentum {@code 1 - 1 / W} if absent, as the paper advises
     */
    record Bmuf(Optional<Double> learningRate, Optional<Double> momentum) implements Outer {
        public Bmuf {
            check(learningRate, momentum);
        }

        @Override
        public Rule rule(int localSteps, int replicas) {
            return new Rule(learningRate.orElse(1.0), momentum.orElse(1 - 1.0 / replicas), false);
        }
    }

    /**
     * Nesterov's momentum over the rounds (Douillard et al. 2023, algorithm 1). If absent, the settings follow the
     * length of a round, since those of the paper, 0.7 and 0.9, harm short ones: a plain mean below 8 steps, 0.7 and
     * 0.5 below 16.
     *
     * @param learningRate of a round
     * @param momentum share of what is remembered that stays
     */
    record Diloco(Optional<Double> learningRate, Optional<Double> momentum) implements Outer {

        private static final int SHORT = 8;
        private static final int LONG = 16;

        public Diloco {
            check(learningRate, momentum);
        }

        @Override
        public Rule rule(int localSteps, int replicas) {
            double usualRate = localSteps < SHORT ? 1 : 0.7;
            double usualMomentum = localSteps < SHORT ? 0 : localSteps < LONG ? 0.5 : 0.9;
            return new Rule(learningRate.orElse(usualRate), momentum.orElse(usualMomentum), true);
        }
    }

    private static void check(Optional<Double> learningRate, Optional<Double> momentum) {
        learningRate.filter(rate -> !(rate > 0)).ifPresent(rate -> {
            throw new IllegalArgumentException("learning-rate must be positive, got " + rate);
        });
        momentum.filter(share -> !(share >= 0 && share < 1)).ifPresent(share -> {
            throw new IllegalArgumentException("momentum must be at least 0 and below 1, got " + share);
        });
    }
}
