package apportion.model.config;

import java.io.Serializable;

/**
 * One block: attention, then a position-wise network, each with a norm and a residual connection.
 *
 * @param attention how the attention's width is divided into heads
 * @param scores how its queries score keys
 * @param feedForward the position-wise network
 * @param norm the normalisation of each of them, and before the output projection unless it follows the sublayers
 * @param bias whether projections and layer norms have biases; routers never have one
 * @param dropout share of numbers zeroed in training, after the embedding and after each of the two sublayers; the
 *     attention's probabilities are never dropped
 */
public record BlockConfig(
        AttentionConfig attention,
        Scores scores,
        FeedForwardConfig feedForward,
        Norm norm,
        boolean bias,
        double dropout)
        implements Serializable {

    public BlockConfig {
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be at least 0 and below 1, got " + dropout);
        }
    }

    /** A block with plain scores. */
    public BlockConfig(
            AttentionConfig attention, FeedForwardConfig feedForward, Norm norm, boolean bias, double dropout) {
        this(attention, Scores.PLAIN, feedForward, norm, bias, dropout);
    }

    BlockConfig withAttention(AttentionConfig other) {
        return new BlockConfig(other, scores, feedForward, norm, bias, dropout);
    }

    /** Whether this block's norms have a bias: layer norms of a model with biases. */
    public boolean normBias() {
        return bias && norm.type() == Norm.Type.LAYER;
    }
}
