package apportion.model.count;

import apportion.model.config.AttentionShape;
import apportion.model.config.Positions;

/**
 * What the attention of one layer costs, its norm and residual connection aside.
 *
 * @param parameters trained numbers
 * @param products multiply-adds of one sequence
 * @param cached numbers of keys and values that generation keeps of one sequence
 * @param projected numbers of queries, keys and values of one sequence, which stay for the backward pass
 * @param mixed numbers of their mix, which stay, too
 * @param probabilities numbers that plain attention keeps in addition
 */
record AttentionCount(long parameters, long products, long cached, long projected, long mixed, long probabilities) {

    static AttentionCount of(AttentionShape shape, long context, long width, boolean bias) {
        long matrices = width * (shape.width() + shape.mixedWidth());
        long biases = bias ? shape.width() + width : 0;
        long diagonals = shape.diagonals() ? 3 * shape.mixedWidth() : 0;
        long gains = shape.qkNorm().isPresent() ? 2 * shape.gains() : 0;
        long distances = shape.positions() instanceof Positions.Relative relative
                ? (long) shape.heads() * relative.distances()
                : 0;

        // Token t attends to min(t + 1, window) places, for the scores and again for the mix of the values.
        long seen = Math.min(context, shape.window());
        long pairs = seen * (seen + 1) / 2 + (context - seen) * seen;
        return new AttentionCount(
                matrices + biases + diagonals + gains + distances,
                context * matrices + 2 * pairs * shape.mixedWidth(),
                seen * shape.keyValueWidth(),
                context * shape.width(),
                context * shape.mixedWidth(),
                shape.heads() * context * context);
    }
}
