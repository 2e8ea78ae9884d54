package apportion.model.config;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Which parts of the model use the same weights.
 *
 * @param qkv among the projections to queries, keys and values
 * @param embedding between the input embedding and the output projection
 * @param layers among the blocks
 */
public record Sharing(Qkv qkv, Embedding embedding, Layers layers) implements Serializable {

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

    /**
     * Sharing among the blocks (Lan et al. 2020, section 3.1): one sublayer's weights, its norm included, serve all
     * blocks, and get the sum of the gradients of all uses. What is computed stays the same.
     */
    public enum Layers {
        /** Each block has its own. */
        NONE(false, false),
        /** One block, used over and over. */
        ALL(true, true),
        /** One attention. */
        ATTENTION(true, false),
        /** One feed-forward network. */
        FEED_FORWARD(false, true);

        private final boolean attention;
        private final boolean feedForward;

        Layers(boolean attention, boolean feedForward) {
            this.attention = attention;
            this.feedForward = feedForward;
        }

        /** Whether all blocks have one attention. */
        public boolean attention() {
            return attention;
        }

        /** Whether all blocks have one feed-forward network. */
        public boolean feedForward() {
            return feedForward;
        }
    }

    /**
     * Sharing between the matrix {@code E [V, C]} that makes vectors of tokens and the matrix {@code W [V, C]} that
     * makes logits: {@code x = E[token]} and {@code logits = h W^T}.
     */
    public sealed interface Embedding extends Serializable {

        /** Two matrices. */
        Embedding NONE = new None();

        /** One matrix. */
        Embedding FULL = new Full();

        /**
         * What the two matrices are made of. Whole columns lie side by side; factors' products add up.
         *
         * @param width {@code C}
         * @param embeddingWidth {@code D}: columns of the tables; below {@code C} they are a factor of the matrices
         */
        List<TablePiece> pieces(int width, int embeddingWidth);

        /** {@code E} and {@code W} have nothing in common. */
        record None() implements Embedding {
            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                return TablePiece.whole(width, embeddingWidth, false);
            }
        }

        /** {@code W = E} (Press and Wolf 2017). With factors, {@code E = T U}, both are shared. */
        record Full() implements Embedding {
            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                return TablePiece.whole(width, embeddingWidth, true);
            }
        }

        /**
         * {@code E = [S E_o]} and {@code W = [S W_o]}: the first columns are shared. With 0 columns it is none, with
         * {@code C} it is full.
         *
         * @param columns {@code k}: how many are shared
         */
        record Partial(int columns) implements Embedding {
            public Partial {
                Check.atLeast(0, columns, "sharing.embedding.columns");
            }

            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                Check.atMost(width, "model.width", columns, "sharing.embedding.columns");
                noFactors(width, embeddingWidth, "partial");
                List<TablePiece> pieces = new ArrayList<>();
                if (columns > 0) {
                    pieces.add(new TablePiece(TablePiece.Role.COMMON, columns, true, TablePiece.Factor.NONE));
                }
                if (columns < width) {
                    pieces.add(new TablePiece(TablePiece.Role.OWN, width - columns, false, TablePiece.Factor.NONE));
                }
                return pieces;
            }
        }

        /**
         * {@code E = S A + P_e Q_e} and {@code W = S B + P_w Q_w}: a common subspace {@code S [V, r]}, seen differently
         * by both, and low-rank parts of their own.
         *
         * @param rank {@code r}: columns of {@code S}
         * @param own columns of {@code P_e} and of {@code P_w}; 0 for no parts of their own
         */
        record Differentiated(int rank, int own) implements Embedding {
            public Differentiated {
                Check.atLeast(1, rank, "sharing.embedding.rank");
                Check.atLeast(0, own, "sharing.embedding.own");
            }

            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                Check.atMost(width, "model.width", rank, "sharing.embedding.rank");
                Check.atMost(width, "model.width", own, "sharing.embedding.own");
                noFactors(width, embeddingWidth, "differentiated");
                List<TablePiece> pieces = new ArrayList<>();
                pieces.add(new TablePiece(TablePiece.Role.COMMON, rank, true, TablePiece.Factor.EACH));
                if (own > 0) {
                    pieces.add(new TablePiece(TablePiece.Role.OWN, own, false, TablePiece.Factor.EACH));
                }
                return pieces;
            }
        }

        /**
         * {@code W = E} until a step of training, two matrices after it. Both have a place in the vector of weights
         * from the start, and {@code W}'s holds a copy while they are tied: so its length never changes, and a model
         * that reads it needs not know the step. The loss is the same before and after they part.
         *
         * @param step the last one that moves both together
         */
        record TiedUntil(long step) implements Embedding {
            public TiedUntil {
                Check.atLeast(1, step, "sharing.embedding.step");
            }

            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                return TablePiece.whole(width, embeddingWidth, false);
            }
        }

        /**
         * Two matrices until a step of training, {@code W = E} in the end. In the {@code over} steps between, their
         * difference is taken away in equal parts, so that the loss does not jump; with 1 it does.
         *
         * @param step the last one that moves each freely
         * @param over steps in which they meet
         */
        record UntiedUntil(long step, long over) implements Embedding {
            public UntiedUntil {
                Check.atLeast(0, step, "sharing.embedding.step");
                Check.atLeast(1, over, "sharing.embedding.over");
            }

            @Override
            public List<TablePiece> pieces(int width, int embeddingWidth) {
                return TablePiece.whole(width, embeddingWidth, false);
            }
        }

        private static void noFactors(int width, int embeddingWidth, String type) {
            if (embeddingWidth < width) {
                throw new IllegalArgumentException("embedding.width must be model.width, " + width
                        + ", with sharing.embedding = " + type + ", got " + embeddingWidth
                        + "; leave one of the two out");
            }
        }
    }

    /** Projections of their own for queries, keys and values, and blocks of their own. */
    public Sharing(Embedding embedding) {
        this(Qkv.NONE, embedding);
    }

    /** Blocks with weights of their own. */
    public Sharing(Qkv qkv, Embedding embedding) {
        this(qkv, embedding, Layers.NONE);
    }
}
