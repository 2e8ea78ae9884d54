package apportion.model.compute.onednn;

import apportion.model.config.AttentionShape;

/** A group with its three roles. */
record HeadRoles(AttentionShape.Group group, Role queries, Role keys, Role values) {

    /** Whether the products cannot take and give back the rows' own memory. */
    boolean prepared() {
        boolean coincide =
                group.queries() == group.keys() || group.keys() == group.values() || group.queries() == group.values();
        return coincide || queries.changes() || keys.changes() || values.changes();
    }

    int headDim() {
        return group.heads().headDim();
    }

    /** Queries that one key serves. */
    int queriesPerKey() {
        return group.heads().heads() / group.heads().kvHeads();
    }
}
