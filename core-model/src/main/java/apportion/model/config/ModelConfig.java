package apportion.model.config;

import java.io.Serializable;
import java.util.List;

/**
 * A decoder-only Transformer language model.
 *
 * @param vocabulary {@code V}: tokens that it knows
 * @param context {@code T}: tokens that it sees at once
 * @param width {@code C}: numbers per token between blocks
 * @param layers {@code L}: blocks
 * @param block what each block is made of
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

    public ModelConfig {
        Check.atLeast(2, vocabulary, "model.vocabulary");
        Check.atLeast(1, context, "model.context");
        Check.atLeast(1, width, "model.width");
        Check.atLeast(1, layers, "model.layers");
        Check.atLeast(1, embedding.width(), "embedding.width");
        Check.atMost(width, "model.width", embedding.width(), "embedding.width");
        List<TablePiece> pieces = sharing.embedding().pieces(width, embedding.width());
        if (sharing.qkv().queryIsKey()
                && block.attention().keyValueWidth() < block.attention().width()) {
            throw new IllegalArgumentException("sharing.qkv makes queries and keys the same, so every head needs a key"
                    + " of its own, got heads " + block.attention()
                    + "; leave kv-heads out, or share key-value or none");
        }
        if (positions instanceof Positions.Rotary) {
            for (HeadGroup group : block.attention().groups()) {
                if (group.headDim() % 2 != 0) {
                    throw new IllegalArgumentException("rotary positions turn pairs of coordinates, so head-dim must be"
                            + " even, got " + group.headDim() + "; use an even head-dim or learned positions");
                }
            }
        }
        if (initialization instanceof Initialization.Mup) {
            refuseWithoutMup(pieces, block.feedForward().experts());
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

    private static void refuseWithoutMup(List<TablePiece> pieces, Experts experts) {
        if (pieces.stream().anyMatch(TablePiece::factored)) {
            throw new IllegalArgumentException("initialization = mup has no rule for tables with a factor; use a whole"
                    + " or partial embedding of the model's width, or gpt2");
        }
        if (!experts.dense()) {
            throw new IllegalArgumentException("initialization = mup has no rule for experts and their router, got "
                    + experts.count() + " experts; use gpt2 or xavier");
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

    /** The same model with its attention divided differently. */
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
