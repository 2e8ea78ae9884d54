package apportion.model.optim;

import java.io.Serializable;

/** What share of the peak learning rate a step gets. */
public sealed interface Schedule extends Serializable {

    /**
     * The share for one step.
     *
     * @param step counted from 1
     * @param steps of the whole run
     */
    double share(long step, long steps);

    /** Steps in which the share rises linearly from {@code 1 / warmupSteps} to 1. */
    int warmupSteps();

    /** 1 after the warm-up. */
    record Constant(int warmupSteps) implements Schedule {
        public Constant {
            checkWarmup(warmupSteps);
        }

        @Override
        public double share(long step, long steps) {
            return warmup(step, warmupSteps);
        }
    }

    /**
     * A straight line from 1 after the warm-up to {@code finalFraction} at the last step.
     *
     * @param finalFraction share of the peak at the last step
     */
    record Linear(int warmupSteps, double finalFraction) implements Schedule {
        public Linear {
            checkWarmup(warmupSteps);
            checkFinal(finalFraction);
        }

        @Override
        public double share(long step, long steps) {
            return step <= warmupSteps
                    ? warmup(step, warmupSteps)
                    : 1 - (1 - finalFraction) * progress(step, steps, warmupSteps);
        }
    }

    /**
     * Half a cosine from 1 after the warm-up to {@code finalFraction} at the last step (Loshchilov and Hutter 2017,
     * equation 5 without restarts).
     *
     * @param finalFraction share of the peak at the last step
     */
    record Cosine(int warmupSteps, double finalFraction) implements Schedule {
        public Cosine {
            checkWarmup(warmupSteps);
            checkFinal(finalFraction);
        }

        @Override
        public double share(long step, long steps) {
            return step <= warmupSteps
                    ? warmup(step, warmupSteps)
                    : finalFraction
                            + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress(step, steps, warmupSteps)));
        }
    }

    private static double warmup(long step, int warmupSteps) {
        return step >= warmupSteps ? 1 : (double) step / warmupSteps;
    }

    private static double progress(long step, long steps, int warmupSteps) {
        return Math.min(1, (double) (step - warmupSteps) / Math.max(1, steps - warmupSteps));
    }

    private static void checkWarmup(int warmupSteps) {
        if (warmupSteps < 0) {
            throw new IllegalArgumentException("warmup-steps must be at least 0, got " + warmupSteps);
        }
    }

    private static void checkFinal(double finalFraction) {
        if (!(finalFraction >= 0 && finalFraction <= 1)) {
            throw new IllegalArgumentException("final-fraction must be between 0 and 1, got " + finalFraction);
        }
    }
}
