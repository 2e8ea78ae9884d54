package apportion.model.config;

import java.io.Serializable;

/**
 * Heads of one size, working side by side in one attention layer.
 *
 * <p>Queries may outnumber keys and values: each of the {@code kvHeads} keys and values then serves {@code heads /
 * kvHeads} queries in a row (grouped-query attention, Ainslie et al. 2023; with a single one, multi-query attention,
 * Shazeer 2019).
 *
 * @param heads how many, {@code h} in Vaswani et al. 2017, section 3.2.2
 * @param headDim width of one query, key or value, {@code d_k} in the same place
 * @param kvHeads how many different keys and values there are; {@code heads} in plain multi-head attention
 */
public record HeadGroup(int heads, int headDim, int kvHeads) implements Serializable {

    public HeadGroup {
        Check.atLeast(1, heads, "heads");
        Check.atLeast(1, headDim, "head-dim");
        if ((long) heads * headDim > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("heads * head-dim must be at most 2147483647, got " + heads + " * "
                    + headDim + " = " + (long) heads * headDim);
        }
        Check.divides(kvHeads, "kv-heads", heads, "the " + heads + " heads");
    }

    /** Plain heads, each with a key and a value of its own. */
    public HeadGroup(int heads, int headDim) {
        this(heads, headDim, heads);
    }

    /** Width of the group's heads side by side, in numbers per token. */
    public int width() {
        return heads * headDim;
    }

    /** Width of the group's keys side by side, and of its values. */
    public int keyValueWidth() {
        return kvHeads * headDim;
    }

    /** For example {@code 8x32}, or {@code 8x32/2} where 2 keys and values serve the 8 heads. */
    @Override
    public String toString() {
        return heads + "x" + headDim + (kvHeads == heads ? "" : "/" + kvHeads);
    }
}
