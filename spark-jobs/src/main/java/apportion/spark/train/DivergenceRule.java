package apportion.spark.train;

import java.util.function.DoubleSupplier;

/**
 * When a run that ended with finite numbers counts as diverged: it ended worse than guessing, and that is not because
 * it was too short.
 *
 * <p>An untrained model guesses almost uniformly, which is worse than guessing by how often each token occurs. So a run
 * of a few steps ends above that loss, too, and only a loss above the one that the run started with shows that it
 * diverged. A run that had {@link #ENOUGH_STEPS} steps behind its warm-up has no such excuse.
 */
public final class DivergenceRule {

    /** Steps behind the warm-up in which any model learns at least how often each token occurs. */
    public static final int ENOUGH_STEPS = 200;

    /** A loss may exceed another one by this share for no other reason than the noise of a few steps. */
    public static final double NOISE = 0.02;

    private DivergenceRule() {}

    /**
     * Whether a run diverged.
     *
     * @param loss that it ended with
     * @param guessing loss of a model that ignores its input
     * @param stepsBehindWarmup how many it had with a learning rate at or behind the peak; negative if the warm-up did
     *     not end
     * @param start loss before the first step; asked only if the rest leaves it open
     */
    public static boolean diverged(double loss, double guessing, long stepsBehindWarmup, DoubleSupplier start) {
        if (loss <= guessing) {
            return false;
        }
        return stepsBehindWarmup >= ENOUGH_STEPS || loss > (1 + NOISE) * start.getAsDouble();
    }
}
