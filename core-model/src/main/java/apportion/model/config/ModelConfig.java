package apportion.model.config;

import java.io.Serializable;
import java.util.Objects;

/**
 * A decoder-only Transformer language model.
 *
 * @param vocabulary {@code V}: tokens that it knows
 * @param context {@code T}: tokens that it sees at once
 * @param width {@code C}: numbers per token between blocks
 * @param layers {@code L}: blocks
 * @param block what the blocks are made of
 * @param positions how a token's place reaches the model
 * @param sharing which parts use the same weights
 * @param initialStd standard deviation of the initial weights; the two projections back into the residual stream get
 *     {@code initialStd / sqrt(2 L)} (Radford et al. 2019, section 2.3)
 */
public record ModelConfig(
        int vocabulary,
        int context,
        int width,
        int layers,
        BlockConfig block,
        Positions positions,
        Sharing sharing,
        double initialStd)
        implements Serializable {

    public ModelConfig {
        Check.atLeast(2, vocabulary, "model.vocabulary");
        Check.atLeast(1, context, "model.context");
        Check.atLeast(1, width, "model.width");
        Check.atLeast(1, layers, "model.layers");
        Check.positive(initialStd, "model.initial-std");
        if (!block.perLayer().isEmpty() && block.perLayer().size() != layers) {
            throw new IllegalArgumentException("attention.per-layer must have a layout for each of the " + layers
                    + " layers, got " + block.perLayer().size());
        }
        for (int layer = 0; layer < layers; layer++) {
            AttentionConfig attention = block.of(layer).attention();
            checkKeys(attention, sharing.qkv());
            checkPairs(attention, positions);
        }
    }

    private static void checkKeys(AttentionConfig attention, Sharing.Qkv sharing) {
        if (sharing.queryIsKey() && attention.keyValueWidth() < attention.width()) {
            throw new IllegalArgumentException("sharing.qkv makes queries and keys the same, so every head needs a key"
                    + " of its own, got heads " + attention + "; leave kv-heads out, or share key-value or none");
        }
    }

    private static void checkPairs(AttentionConfig attention, Positions positions) {
        for (HeadGroup group : attention.groups()) {
            if (positions instanceof Positions.Rotary && group.headDim() % 2 != 0) {
                throw new IllegalArgumentException("rotary positions turn pairs of coordinates, so head-dim must be"
                        + " even, got " + group.headDim() + "; use an even head-dim or learned positions");
            }
        }
    }

    /** What the block of one layer is made of, the first being 0. */
    public BlockConfig block(int layer) {
        Objects.checkIndex(layer, layers);
        return block.of(layer);
    }

    /** The same model with its attention divided differently, and the same way in every layer. */
    public ModelConfig withAttention(AttentionConfig attention) {
        return new ModelConfig(
                vocabulary, context, width, layers, block.withAttention(attention), positions, sharing, initialStd);
    }
}
