package apportion.model.config;

import java.io.Serializable;

/**
 * Heads of one size, working side by side in one attention layer.
 *
 * @param heads how many, {@code h} in Vaswani et al. 2017, section 3.2.2
 * @param headDim width of one query, key or value, {@code d_k} in the same place
 */
public record HeadGroup(int heads, int headDim) implements Serializable {

    public HeadGroup {
        Check.atLeast(1, heads, "heads");
        Check.atLeast(1, headDim, "head-dim");
        if ((long) heads * headDim > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("heads * head-dim must be at most 2147483647, got " + heads + " * "
                    + headDim + " = " + (long) heads * headDim);
        }
    }

    /** Width of the group's heads side by side, in numbers per token. */
    public int width() {
        return heads * headDim;
    }

    @Override
    public String toString() {
        return heads + "x" + headDim;
    }
}
