package apportion.model.config;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What one layer's attention computes, with every width, offset and factor worked out.
 *
 * <p>One projection gives each token a row of {@code P} numbers that holds its queries, its keys and its values. This
 * says where in the row they lie, so that an attention reads them in place. Roles whose columns coincide share their
 * projection: none of it is stored or computed twice.
 *
 * @param groups the layer's heads, those of one size together
 * @param width {@code P}: numbers of a projected row
 * @param mixedWidth {@code A}: numbers of a row of the result
 * @param window how many tokens a token attends to: itself and the {@code window - 1} before it
 * @param diagonals whether each role multiplies its columns by factors of its own
 * @param qkNorm if queries and keys are normalised: what is added to the mean square of each
 * @param positions how the scores learn of places, if they do: rotary, alibi or relative
 */
public record AttentionShape(
        List<Group> groups,
        long width,
        long mixedWidth,
        int window,
        boolean diagonals,
        OptionalDouble qkNorm,
        Positions positions) {

    /**
     * Heads of one size. Those of a kind lie side by side: query {@code h} begins at column {@code queries + h d}, and
     * key {@code k} at {@code keys + k d}, where {@code k = h / (heads / kvHeads)} serves query {@code h}.
     *
     * @param heads how many, and how wide
     * @param firstHead its first head's number among the layer's
     * @param queries first column of its queries in a projected row
     * @param keys first column of its keys
     * @param values first column of its values
     * @param mixed first column of its heads in a row of the result
     * @param gains first of its {@code d} gains among the layer's, if queries and keys are normalised
     * @param scale factor of the product of a query and a key
     */
    public record Group(
            HeadGroup heads,
            int firstHead,
            long queries,
            long keys,
            long values,
            long mixed,
            long gains,
            double scale) {}

    public AttentionShape {
        groups = List.copyOf(groups);
    }

    /** The attention of one layer of a model. */
    public static AttentionShape of(ModelConfig model, int layer) {
        return of(model.block(layer), model.sharing().qkv(), model.positions());
    }

    /** An attention whose projected rows hold all queries, then all keys, then all values, each set of numbers once. */
    public static AttentionShape of(BlockConfig block, Sharing.Qkv sharing, Positions positions) {
        AttentionConfig attention = block.attention();
        List<Group> groups = new ArrayList<>();
        long query = 0;
        long key = sharing.queryIsKey() ? query : attention.width();
        long value = sharing.keyIsValue() ? key : key + attention.keyValueWidth();
        long width = value + attention.keyValueWidth();
        long gain = 0;
        int head = 0;
        for (HeadGroup heads : attention.groups()) {
            double scale = block.scores().scale().factor(heads.headDim());
            groups.add(new Group(heads, head, query, key, value, query, gain, scale));
            query += heads.width();
            key += heads.keyValueWidth();
            value += heads.keyValueWidth();
            gain += heads.headDim();
            head += heads.heads();
        }
        return new AttentionShape(
                groups,
                width,
                query,
                block.scores().window(),
                sharing == Sharing.Qkv.DIAGONALS,
                block.scores().qkNorm() ? OptionalDouble.of(block.norm().epsilon()) : OptionalDouble.empty(),
                positions);
    }

    /** Numbers of a projected row that later tokens read: keys and values, once where they coincide. */
    public long keyValueWidth() {
        return groups.stream()
                .mapToLong(group -> (group.keys == group.values ? 1L : 2L) * group.heads.keyValueWidth())
                .sum();
    }

    /** Heads of all groups together. */
    public int heads() {
        return groups.stream().mapToInt(group -> group.heads.heads()).sum();
    }

    /** Gains of all queries, and of all keys, if they are normalised. */
    public long gains() {
        return groups.stream().mapToLong(group -> group.heads.headDim()).sum();
    }
}
