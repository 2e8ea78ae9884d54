package apportion.model.count;

import apportion.model.config.ModelConfig;
import apportion.model.config.Norm.Placement;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * What one sequence keeps from its forward to its backward pass, and what it costs to keep no more.
 *
 * @param kept numbers that stay
 * @param probabilities numbers that plain attention keeps in addition
 * @param recomputed multiply-adds that the backward pass does again
 */
record ActivationCount(long kept, long probabilities, long recomputed) {

    /**
     * Counts.
     *
     * @param recompute how many blocks are computed again, the first ones
     */
    static ActivationCount of(
            ModelConfig model, List<AttentionCount> attention, FeedForwardCount feedForward, int recompute) {
        model.checkRecompute(recompute);
        long context = model.context();
        long width = model.width();
        // A norm keeps what it gives, or what it was given, and two statistics of each token.
        long norm = width + 2;
        long lastNorms = model.block().norm().beforeOutput() ? 1 : 0;
        // The stream stands between blocks, and within each between its sublayers.
        long edges = context * ((model.layers() + 1) * width + lastNorms * norm);
        long block = context * (feedForward.kept() + 2 * norm + width);
        // Blocks that are computed again use the memory of the next one; of each part the largest counts.
        List<AttentionCount> together = attention.subList(0, recompute + 1);
        List<AttentionCount> apart = attention.subList(recompute + 1, attention.size());
        long again =
                model.block().norm().placement() == Placement.PRE ? feedForward.keptProducts() : feedForward.products();
        return new ActivationCount(
                edges
                        + (1 + apart.size()) * block
                        + largest(together, AttentionCount::projected)
                        + largest(together, AttentionCount::mixed)
                        + sum(apart, count -> count.projected() + count.mixed()),
                largest(together, AttentionCount::probabilities) + sum(apart, AttentionCount::probabilities),
                sum(attention.subList(0, recompute), AttentionCount::products) + recompute * context * again);
    }

    private static long largest(List<AttentionCount> counts, ToLongFunction<AttentionCount> part) {
        return counts.stream().mapToLong(part).max().orElseThrow();
    }

    private static long sum(List<AttentionCount> counts, ToLongFunction<AttentionCount> part) {
        return counts.stream().mapToLong(part).sum();
    }
}
