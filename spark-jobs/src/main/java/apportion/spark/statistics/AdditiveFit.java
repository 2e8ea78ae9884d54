package apportion.spark.statistics;

import java.util.Arrays;

/**
 * Least-squares fit of {@code value = layout + seed}, or of {@code value = layout} alone, to one value a trial.
 *
 * <p>Layouts and seeds are fitted in turn until neither moves (backfitting). With all trials present that ends after
 * one turn.
 */
final class AdditiveFit {

    private static final int MOST_TURNS = 100_000;

    private final int[] layoutOf;
    private final int[] seedOf;
    private final int layouts;
    private final int seeds;
    private final boolean withSeeds;

    private AdditiveFit(int[] layoutOf, int[] seedOf, boolean withSeeds) {
        this.layoutOf = layoutOf;
        this.seedOf = seedOf;
        this.layouts = Arrays.stream(layoutOf).max().orElse(-1) + 1;
        this.seeds = Arrays.stream(seedOf).max().orElse(-1) + 1;
        this.withSeeds = withSeeds;
    }

    static AdditiveFit ofLayouts(int[] layoutOf, int[] seedOf) {
        return new AdditiveFit(layoutOf, seedOf, false);
    }

    /** Without a chain of shared seeds from each layout to every other, seeds cannot be told from layouts. */
    static AdditiveFit ofLayoutsAndSeeds(int[] layoutOf, int[] seedOf) {
        AdditiveFit fit = new AdditiveFit(layoutOf, seedOf, true);
        return fit.connected() ? fit : ofLayouts(layoutOf, seedOf);
    }

    int layouts() {
        return layouts;
    }

    boolean withSeeds() {
        return withSeeds;
    }

    /** Degrees of freedom of {@link #residualSquares}. */
    int degrees() {
        return layoutOf.length - layouts - (withSeeds ? seeds - 1 : 0);
    }

    /** What each layout would show on the average of all seeds. */
    double[] layoutMeans(double[] values) {
        Effects effects = fit(values);
        double ofSeeds = withSeeds ? Arrays.stream(effects.seed).average().orElse(0) : 0;
        return Arrays.stream(effects.layout).map(effect -> effect + ofSeeds).toArray();
    }

    double residualSquares(double[] values) {
        Effects effects = fit(values);
        double sum = 0;
        for (int c = 0; c < values.length; c++) {
            double residual = values[c] - effects.layout[layoutOf[c]] - effects.seed[seedOf[c]];
            sum += residual * residual;
        }
        return sum;
    }

    private Effects fit(double[] values) {
        Effects effects = new Effects(new double[layouts], new double[seeds]);
        double scale = Arrays.stream(values).map(Math::abs).max().orElse(0);
        for (int turn = 0; turn < MOST_TURNS; turn++) {
            double moved = refit(effects.layout, layoutOf, values, effects.seed, seedOf);
            if (!withSeeds) {
                break;
            }
            moved = Math.max(moved, refit(effects.seed, seedOf, values, effects.layout, layoutOf));
            if (moved <= 1e-14 * scale) {
                break;
            }
        }
        return effects;
    }

    /** Sets each effect to the mean of what the other factor leaves of its values; returns the largest change. */
    private static double refit(double[] effect, int[] effectOf, double[] values, double[] other, int[] otherOf) {
        double[] sum = new double[effect.length];
        int[] count = new int[effect.length];
        for (int c = 0; c < values.length; c++) {
            sum[effectOf[c]] += values[c] - other[otherOf[c]];
            count[effectOf[c]]++;
        }
        double moved = 0;
        for (int i = 0; i < effect.length; i++) {
            double mean = sum[i] / count[i];
            moved = Math.max(moved, Math.abs(mean - effect[i]));
            effect[i] = mean;
        }
        return moved;
    }

    private boolean connected() {
        boolean[] layoutReached = new boolean[layouts];
        boolean[] seedReached = new boolean[seeds];
        layoutReached[0] = true;
        boolean grew = true;
        while (grew) {
            grew = false;
            for (int c = 0; c < layoutOf.length; c++) {
                if (layoutReached[layoutOf[c]] != seedReached[seedOf[c]]) {
                    layoutReached[layoutOf[c]] = true;
                    seedReached[seedOf[c]] = true;
                    grew = true;
                }
            }
        }
        for (boolean reached : layoutReached) {
            if (!reached) {
                return false;
            }
        }
        return true;
    }

    /** Seed effects stay 0 where only layouts are fitted. */
    private static final class Effects {

        private final double[] layout;
        private final double[] seed;

        private Effects(double[] layout, double[] seed) {
            this.layout = layout;
            this.seed = seed;
        }
    }
}
