package apportion.model.config;

import java.io.Serializable;
import java.util.List;

/**
 * One block: attention, then a position-wise network, each with a norm and a residual connection.
 *
 * @param attention how the attention's width is divided into heads, in every layer
 * @param perLayer how it is divided in each layer, first to last, where layers differ; empty where they do not
 * @param scores how its queries score keys
 * @param feedForward the position-wise network
 * @param norm the normalisation of each of them, and before the output projection unless it follows the sublayers
 * @param bias whether projections and layer norms have biases; the output projection never has one
 * @param dropout share of numbers zeroed in training, after the embedding and after each of the two sublayers; the
 *     attention's probabilities are never dropped
 */
public record BlockConfig(
        AttentionConfig attention,
        List<AttentionConfig> perLayer,
        Scores scores,
        FeedForwardConfig feedForward,
        Norm norm,
        boolean bias,
        double dropout)
        implements Serializable {

    public BlockConfig {
        perLayer = List.copyOf(perLayer);
        // One way to say it: what differs by layer begins with the first one's.
        attention = perLayer.isEmpty() ? attention : perLayer.get(0);
        if (!(dropout >= 0 && dropout < 1)) {
            throw new IllegalArgumentException("dropout must be at least 0 and below 1, got " + dropout);
        }
    }

    /** A block with plain scores, the same in every layer. */
    public BlockConfig(
            AttentionConfig attention, FeedForwardConfig feedForward, Norm norm, boolean bias, double dropout) {
        this(attention, List.of(), Scores.PLAIN, feedForward, norm, bias, dropout);
    }

    /** The block of one layer. */
    BlockConfig of(int layer) {
        return perLayer.isEmpty() ? this : withAttention(perLayer.get(layer));
    }

    /** The block with its attention divided the same way in every layer. */
    BlockConfig withAttention(AttentionConfig other) {
        return new BlockConfig(other, List.of(), scores, feedForward, norm, bias, dropout);
    }

    /** Whether this block's norms have a bias: layer norms of a model with biases. */
    public boolean normBias() {
        return bias && norm.type() == Norm.Type.LAYER;
    }
}
