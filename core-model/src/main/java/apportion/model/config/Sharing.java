package apportion.model.config;

import java.io.Serializable;

/**
 * Which parts of the model use the same weights.
 *
 * @param qkv among the projections to queries, keys and values
 * @param embedding between the input embedding and the output projection
 */
public record Sharing(Qkv qkv, Embedding embedding) implements Serializable {

    /** Sharing among the projections of one layer; what shares a projection shares its biases, too. */
    public enum Qkv {
        /** Three matrices. */
        NONE(false, false),
        /** Keys are values. */
        KEY_VALUE(false, true),
        /** Queries are keys. */
        QUERY_KEY(true, false),
        /** One matrix: queries are keys are values. */
        ALL(true, true),
        /**
         * One matrix {@code W_s}, and a learned diagonal for each role: {@code S = X W_s}, then {@code Q = S D_q},
         * {@code K = S D_k}, {@code V = S D_v} (Kowsher et al. 2024, arXiv 2412.00359). Diagonals start at 1.
         */
        DIAGONALS(true, true);

        private final boolean queryIsKey;
        private final boolean keyIsValue;

        Qkv(boolean queryIsKey, boolean keyIsValue) {
            this.queryIsKey = queryIsKey;
            this.keyIsValue = keyIsValue;
        }

        /** Whether a token's queries and keys are the same numbers, but for diagonals. */
        public boolean queryIsKey() {
            return queryIsKey;
        }

        /** Whether a token's keys and values are the same numbers, but for diagonals. */
        public boolean keyIsValue() {
            return keyIsValue;
        }
    }

    /** Sharing between the input embedding {@code E [V, C]} and the output projection. */
    public enum Embedding {
        /** Two matrices. */
        NONE,
        /** {@code logits = h E^T} (Press and Wolf 2017). */
        FULL
    }

    /** Projections of their own for queries, keys and values. */
    public Sharing(Embedding embedding) {
        this(Qkv.NONE, embedding);
    }
}
