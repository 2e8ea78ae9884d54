package apportion.model.compute.onednn;

/**
 * Some keys' heads of a group, with all their queries: what is computed together.
 *
 * @param firstKey its first key's head among the group's
 * @param keys how many
 */
record HeadSlice(HeadRoles in, int firstKey, int keys) {

    int keyWidth() {
        return keys * in.headDim();
    }

    int queryWidth() {
        return keyWidth() * in.queriesPerKey();
    }

    long firstKeyColumn() {
        return (long) firstKey * in.headDim();
    }

    long firstQueryColumn() {
        return firstKeyColumn() * in.queriesPerKey();
    }

    int firstHead() {
        return in.group().firstHead() + firstKey * in.queriesPerKey();
    }

    /** Numbers of a token's queries, keys and values side by side. */
    long preparedRow() {
        return queryWidth() + 2L * keyWidth();
    }
}
