package apportion.model.config;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * How one attention layer divides its width {@code A} into heads.
 *
 * <p>Heads and head dimension are settings of their own: {@code A} need not equal the model width, because the
 * projections map one to the other. Groups may differ in size; the heads of group 0 come first.
 *
 * @param groups the heads, group after group; at least one
 */
public record AttentionConfig(List<HeadGroup> groups) implements Serializable {

    public AttentionConfig {
        groups = List.copyOf(groups);
        if (groups.isEmpty()) {
            throw new IllegalArgumentException("attention needs at least one group of heads, got none");
        }
        // An overflow would surface much later, as a negative offset in a parameter vector.
        long width = groups.stream().mapToLong(HeadGroup::width).sum();
        if (width > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("all heads together must be at most 2147483647 wide, got " + width);
        }
    }

    /** Equal heads: the usual multi-head attention. */
    public static AttentionConfig uniform(int heads, int headDim) {
        return new AttentionConfig(List.of(new HeadGroup(heads, headDim)));
    }

    /**
     * Equal heads from any two of their three sizes, or from all three when they agree.
     *
     * @param budget the attention width that {@code heads * headDim} must spend
     * @throws IllegalArgumentException if fewer than two are given, or if they do not fit; the message names the
     *     nearest values that do
     */
    public static AttentionConfig derive(OptionalInt heads, OptionalInt headDim, OptionalInt budget) {
        if (heads.isPresent() && headDim.isPresent()) {
            AttentionConfig attention = uniform(heads.getAsInt(), headDim.getAsInt());
            if (budget.isPresent() && budget.getAsInt() != attention.width()) {
                throw new IllegalArgumentException("heads * head-dim must be the budget of " + budget.getAsInt()
                        + ", got " + heads.getAsInt() + " * " + headDim.getAsInt() + " = " + attention.width()
                        + "; leave one of the three out");
            }
            return attention;
        }
        if (budget.isEmpty() || (heads.isEmpty() && headDim.isEmpty())) {
            throw new IllegalArgumentException("attention needs heads and head-dim, or one of them and a budget");
        }
        int width = budget.getAsInt();
        Check.atLeast(1, width, "budget");
        if (heads.isPresent()) {
            return uniform(heads.getAsInt(), quotient(width, heads.getAsInt(), "heads"));
        }
        return uniform(quotient(width, headDim.getAsInt(), "head-dim"), headDim.getAsInt());
    }

    private static int quotient(int budget, int part, String setting) {
        Check.divides(part, setting, budget, "the budget of " + budget);
        return budget / part;
    }

    /**
     * The same heads with fewer keys and values.
     *
     * @throws IllegalArgumentException if it does not divide each group's heads
     */
    public AttentionConfig withKvHeads(int kvHeads) {
        return new AttentionConfig(groups.stream()
                .map(group -> new HeadGroup(group.heads(), group.headDim(), kvHeads))
                .toList());
    }

    /** Heads of all groups together. */
    public int heads() {
        return groups.stream().mapToInt(HeadGroup::heads).sum();
    }

    /** {@code A}: width of all heads side by side, in numbers per token. */
    public int width() {
        return groups.stream().mapToInt(HeadGroup::width).sum();
    }

    /** Width of all keys side by side, and of all values; {@code A} unless keys and values serve several heads. */
    public int keyValueWidth() {
        return groups.stream().mapToInt(HeadGroup::keyValueWidth).sum();
    }

    /** For example {@code 8x32}, or {@code 4x32+16x8} for two groups. */
    @Override
    public String toString() {
        return groups.stream().map(HeadGroup::toString).collect(Collectors.joining("+"));
    }
}
