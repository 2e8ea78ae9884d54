package apportion.model.count;

import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;

/**
 * What the position-wise network of one layer costs.
 *
 * @param parameters trained numbers
 * @param products multiply-adds of one token
 * @param keptProducts those of them that make what is kept
 * @param kept numbers that stay from the forward to the backward pass of one token
 */
record FeedForwardCount(long parameters, long products, long keptProducts, long kept) {

    static FeedForwardCount of(FeedForwardConfig config, long width, boolean bias) {
        long in = config.hiddenWidth();
        long hidden = in + config.width();
        long matrices = width * hidden;
        long one = matrices + (bias ? in + width : 0);
        Experts experts = config.experts();
        if (experts.dense()) {
            return new FeedForwardCount(one, matrices, width * in, hidden);
        }
        long count = experts.count();
        long router = count * width;
        // Every expert's probability and gate; of a chosen one its gate again, what it reads, and what it gives.
        long kept = 2 * count + experts.topK() * (1 + 2 * width + hidden);
        if (experts.weights() instanceof Experts.Weights.Shared shared) {
            // Beside each matrix [o, i], each expert has a [o, r] and a [r, i].
            long own = shared.rank() * (in + width + width + config.width());
            return mixture(one + count * own + router, router + experts.topK() * (matrices + own), kept);
        }
        return mixture(count * one + router, router + experts.topK() * matrices, kept);
    }

    /** What each expert gives is kept, so every product is among those that make it. */
    private static FeedForwardCount mixture(long parameters, long products, long kept) {
        return new FeedForwardCount(parameters, products, products, kept);
    }
}
