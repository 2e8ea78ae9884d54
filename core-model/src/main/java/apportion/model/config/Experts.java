package apportion.model.config;

import java.io.Serializable;

/**
 * A mixture of feed-forward networks, of which each token sees a few: {@code y = sum over the chosen e of g_e f_e(x)}.
 * A router {@code [E, C]} scores the experts; those with the highest scores are chosen for each token by itself, so no
 * later token has a say, and no expert turns a token away.
 *
 * @param count {@code E}: how many; 1 for a single network without a router, for which the rest means nothing
 * @param topK how many a token sees
 * @param gates what the chosen ones' results are multiplied by
 * @param balance {@code alpha}: weight of the load-balance loss {@code alpha E sum_e f_e P_e} in training, where
 *     {@code f_e} is the share of all choices that fell on expert {@code e} and {@code P_e} the mean of its probability
 *     under the softmax of all scores (Fedus et al. 2021, equations 4 to 6, for one choice a token)
 * @param weights what the experts have in common
 */
public record Experts(int count, int topK, Gates gates, double balance, Weights weights) implements Serializable {

    /** No mixture. */
    public static final Experts ONE = new Experts(1, 1, Gates.CHOSEN, 0, new Weights.Own());

    /** What the results of the chosen experts are multiplied by. */
    public enum Gates {
        /** Softmax over the chosen experts' scores, so gates add up to 1 (Jiang et al. 2024, section 2.1). */
        CHOSEN,
        /** Softmax over all experts' scores (Fedus et al. 2021, equation 2). */
        ALL
    }

    /** What the experts' matrices have in common. */
    public sealed interface Weights extends Serializable {

        /** Nothing. */
        record Own() implements Weights {}

        /**
         * {@code W_e = W + P_e Q_e} for both projections, with one {@code W} and one bias for all experts.
         *
         * @param rank columns of {@code P_e}, 0 at the start; with rank 0 all experts are one network
         */
        record Shared(int rank) implements Weights {
            public Shared {
                Check.atLeast(0, rank, "experts.weights.rank");
            }
        }
    }

    public Experts {
        Check.atLeast(1, count, "experts.count");
        Check.atLeast(1, topK, "experts.top-k");
        Check.atMost(count, "experts.count", topK, "experts.top-k");
        if (!(balance >= 0) || Double.isInfinite(balance)) {
            throw new IllegalArgumentException("experts.balance must be at least 0 and finite, got " + balance);
        }
        if (count > 1 && topK == 1 && gates == Gates.CHOSEN) {
            throw new IllegalArgumentException(
                    "experts.top-k must be at least 2 with gates = chosen, got 1: the gate of"
                            + " a single chosen expert is always 1, so the router would not learn; use gates = all");
        }
        if (count == 1 && weights instanceof Weights.Shared) {
            throw new IllegalArgumentException(
                    "experts.weights = shared needs at least 2 experts to share them, got experts.count = 1");
        }
    }

    /** Whether there is a single network and no router. */
    public boolean dense() {
        return count == 1;
    }
}
