package apportion.model.config;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.Set;

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
 * @param embedding how wide the tables of token vectors are, and whether logits have biases
 * @param initialization how the weights start
 */
public record ModelConfig(
        int vocabulary,
        int context,
        int width,
        int layers,
        BlockConfig block,
        Positions positions,
        Sharing sharing,
        EmbeddingConfig embedding,
        Initialization initialization)
        implements Serializable {

    /** What is done for each of more layers would take for ever before they are found to fit no memory. */
    static final int MOST_LAYERS = 10_000;

    public ModelConfig {
        Check.atLeast(2, vocabulary, "model.vocabulary");
        Check.atLeast(1, context, "model.context");
        Check.atLeast(1, width, "model.width");
        Check.atLeast(1, layers, "model.layers");
        Check.atMost(MOST_LAYERS, layers, "model.layers");
        Check.atLeast(1, embedding.width(), "embedding.width");
        Check.atMost(width, "model.width", embedding.width(), "embedding.width");
        List<TablePiece> pieces = sharing.embedding().pieces(width, embedding.width());
        if (initialization instanceof Initialization.Mup) {
            refuseWithoutMup(pieces, block.feedForward().experts(), positions);
        }
        if (!block.perLayer().isEmpty() && block.perLayer().size() != layers) {
            throw new IllegalArgumentException("attention.per-layer must have a layout for each of the " + layers
                    + " layers, got " + block.perLayer().size());
        }
        if (sharing.layers().attention() && Set.copyOf(block.perLayer()).size() > 1) {
            throw new IllegalArgumentException(
                    "attention.per-layer must be the same for all layers where sharing.layers"
                            + " gives them one attention, got " + block.perLayer());
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

    /** A model whose tables are as wide as itself, initialised as GPT-2 is. */
    public ModelConfig(
            int vocabulary,
            int context,
            int width,
            int layers,
            BlockConfig block,
            Positions positions,
            Sharing sharing,
            double initialStd) {
        this(
                vocabulary,
                context,
                width,
                layers,
                block,
                positions,
                sharing,
                new EmbeddingConfig(width, false),
                new Initialization.Gpt2(initialStd));
    }

    private static void refuseWithoutMup(List<TablePiece> pieces, Experts experts, Positions positions) {
        if (positions instanceof Positions.Sinusoidal) {
            throw new IllegalArgumentException("initialization = mup needs tokens' vectors that do not grow with the"
                    + " width, but positions = sinusoidal multiplies them by its root; use other positions, or gpt2");
        }
        if (pieces.stream().anyMatch(TablePiece::factored)) {
            throw new IllegalArgumentException("initialization = mup has no rule for tables with a factor; use a whole"
                    + " or partial embedding of the model's width, or gpt2");
        }
        if (!experts.dense()) {
            throw new IllegalArgumentException("initialization = mup has no rule for experts and their router, got "
                    + experts.count() + " experts; use gpt2 or xavier");
        }
    }

    /** The same model for sequences of another length. */
    public ModelConfig withContext(int tokens) {
        return new ModelConfig(vocabulary, tokens, width, layers, block, positions, sharing, embedding, initialization);
    }

    /**
     * Refuses a number of blocks that cannot be computed again in the backward pass.
     *
     * @throws IllegalArgumentException unless at least one block is not
     */
    public void checkRecompute(int blocks) {
        if (blocks < 0 || blocks >= layers) {
            throw new IllegalArgumentException("recompute must be at least 0 and below the " + layers
                    + " layers, as the backward pass finds at least one block as the forward pass left it, got "
                    + blocks);
        }
    }

    /** What the matrices of token vectors and of the output are made of. */
    public List<TablePiece> tablePieces() {
        return sharing.embedding().pieces(width, embedding.width());
    }

    /** Standard deviation of the tables of vectors. */
    public double initialStd() {
        return initialization.std();
    }

    /** What the block of one layer is made of, the first being 0. */
    public BlockConfig block(int layer) {
        Objects.checkIndex(layer, layers);
        return block.of(layer);
    }

    /** The same model with its attention divided differently, and the same way in every layer. */
    public ModelConfig withAttention(AttentionConfig attention) {
        return new ModelConfig(
                vocabulary,
                context,
                width,
                layers,
                block.withAttention(attention),
                positions,
                sharing,
                embedding,
                initialization);
    }
}
