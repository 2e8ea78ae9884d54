package apportion.spark.experiment;

import apportion.model.config.AttentionConfig;
import apportion.model.config.Positions;
import java.util.List;
import java.util.OptionalInt;

/**
 * What is tried, each with each.
 *
 * @param heads of each attention
 * @param budget heads times head dimension, for which the dimension is derived
 * @param headDim or the dimension of every head, whatever their number
 * @param times vectors of a sequence
 * @param positions how scores learn of places
 */
public record Grid(
        List<Integer> heads, OptionalInt budget, OptionalInt headDim, List<Integer> times, List<Positions> positions) {

    public Grid {
        heads = heads.stream().distinct().sorted().toList();
        times = times.stream().distinct().sorted().toList();
        positions = List.copyOf(positions);
        if (heads.isEmpty() || times.isEmpty() || positions.isEmpty()) {
            throw new IllegalArgumentException("grid needs heads, times and positions, got " + heads.size() + " heads, "
                    + times.size() + " times and " + positions.size() + " positions");
        }
        if (budget.isPresent() == headDim.isPresent()) {
            throw new IllegalArgumentException("grid needs either a budget or a head-dim");
        }
        for (int number : heads) {
            AttentionConfig.derive(OptionalInt.of(number), headDim, budget);
        }
    }

    /** The attention with so many heads. */
    public AttentionConfig attention(int number) {
        return AttentionConfig.derive(OptionalInt.of(number), headDim, budget);
    }
}
