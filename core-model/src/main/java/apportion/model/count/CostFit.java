package apportion.model.count;

import java.util.function.LongUnaryOperator;

/** Finds the size that brings a cost nearest to a target. */
public final class CostFit {

    private CostFit() {}

    /**
     * The whole number, at least 1, whose cost is nearest; a half counts up.
     *
     * @param cost linear and growing in the size, as parameters and operations are in the feed-forward width
     * @throws IllegalArgumentException if even a size of 1 costs more than half a step too much
     */
    public static int nearest(LongUnaryOperator cost, long target) {
        long least = cost.applyAsLong(1);
        long step = cost.applyAsLong(2) - least;
        long size = 1 + Math.round((target - least) / (double) step);
        if (size < 1) {
            throw new IllegalArgumentException("must leave room for a feed-forward width of at least 1 within " + target
                    + ", but cost " + least + " at a width of 1");
        }
        return Math.toIntExact(size);
    }
}
