package apportion.spark.train;

import java.util.function.DoubleSupplier;

/**
 * When a run that ended with finite numbers counts as diverged: it ended worse than guessing, and that is not because
 * it was too short.
 *
 * <p>An untrained model guesses almost uniformly, which is worse than guessing by how often each token occurs. So a run
 * of a few steps ends above that loss, too, and only a loss above the one that the run started with shows that it
 * diverged: twice as high after fewer than {@link #FIRST_STEPS} steps, as the first steps of a large model may take its
 * loss up before it falls. A run that had {@link #ENOUGH_STEPS} steps behind its warm-up has no such excuse.
 */
public final class DivergenceRule {

    /** Steps behind the warm-up in which any model learns at least how often each token occurs. */
    public static final int ENOUGH_STEPS = 200;

    /** Steps behind the warm-up in which a loss may still rise. */
    static final int FIRST_STEPS = 20;

    /** How far it may rise in them, as a share of where it started. */
    private static final double FIRST_RISE = 1;

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
        double rise = stepsBehindWarmup < FIRST_STEPS ? FIRST_RISE : NOISE;
        return stepsBehindWarmup >= ENOUGH_STEPS || loss > (1 + rise) * start.getAsDouble();
    }
}
