package apportion.data.pack;

import java.io.Serializable;

/**
 * How a stream of tokens is cut into rows and parts.
 *
 * @param rowTokens tokens of a row, one more than the context
 * @param partRows rows of a part
 */
public record Layout(int rowTokens, int partRows) implements Serializable {

    public Layout {
        if (rowTokens < 2) {
            throw new IllegalArgumentException(
                    "a row of " + rowTokens + " tokens has no target; it must have at least 2");
        }
        if (partRows < 1) {
            throw new IllegalArgumentException("part-sequences = " + partRows + ", but it must be at least 1");
        }
        if ((long) rowTokens * partRows > 1 << 28) {
            throw new IllegalArgumentException("a part of " + partRows + " sequences of " + rowTokens
                    + " tokens does not fit in memory; part-sequences must be at most " + (1 << 28) / rowTokens);
        }
    }

    public long partTokens() {
        return (long) rowTokens * partRows;
    }

    public long rows(long tokens) {
        return (tokens + rowTokens - 1) / rowTokens;
    }

    public int parts(long tokens) {
        return Math.toIntExact((tokens + partTokens() - 1) / partTokens());
    }
}
