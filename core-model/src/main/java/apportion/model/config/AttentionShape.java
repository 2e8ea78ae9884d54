package apportion.model.config;

import java.util.ArrayList;
import java.util.List;

/**
 * What one layer's attention computes, with every width and offset worked out.
 *
 * <p>One projection gives each token a row of {@code P} numbers that holds its queries, its keys and its values. This
 * says where in the row they lie, so that an attention reads them in place.
 *
 * @param groups the layer's heads, those of one size together
 * @param width {@code P}: numbers of a projected row
 * @param mixedWidth {@code A}: numbers of a row of the result
 * @param positions how the scores learn of places; other kinds than rotary leave them alone
 */
public record AttentionShape(List<Group> groups, long width, long mixedWidth, Positions positions) {

    /**
     * Heads of one size. Those of a kind lie side by side: query {@code h} begins at column {@code queries + h d}, and
     * key {@code k} at {@code keys + k d}, where {@code k = h / (heads / kvHeads)} serves query {@code h}.
     *
     * @param heads how many, and how wide
     * @param queries first column of its queries in a projected row
     * @param keys first column of its keys
     * @param values first column of its values
     * @param mixed first column of its heads in a row of the result
     */
    public record Group(HeadGroup heads, long queries, long keys, long values, long mixed) {}

    public AttentionShape {
        groups = List.copyOf(groups);
    }

    /** The attention of heads whose rows hold all queries, then all keys, then all values. */
    public static AttentionShape of(AttentionConfig attention, Positions positions) {
        List<Group> groups = new ArrayList<>();
        long query = 0;
        long key = attention.width();
        long value = key + attention.keyValueWidth();
        for (HeadGroup heads : attention.groups()) {
            groups.add(new Group(heads, query, key, value, query));
            query += heads.width();
            key += heads.keyValueWidth();
            value += heads.keyValueWidth();
        }
        return new AttentionShape(groups, value, query, positions);
    }
}
