package apportion.spark.conf;

import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.EmbeddingConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The section {@code model}: a model whose vocabulary, and in a sweep whose heads, come from elsewhere.
 *
 * @param vocabulary normally empty, as the dataset's tokenizer says it; a number here must agree with it
 * @param attention empty of heads in a sweep, which has its own list of layouts
 */
public record ModelSettings(
        int layers,
        int width,
        int context,
        OptionalInt vocabulary,
        Attention attention,
        FeedForwardConfig feedForward,
        Norm norm,
        Positions positions,
        boolean bias,
        double dropout,
        Sharing sharing,
        EmbeddingConfig embedding,
        Initialization initialization) {

    /** Enough for a model to be checked before its tokenizer exists. */
    private static final int ANY_VOCABULARY = 2;

    /**
     * Equal heads by any two of their three sizes, or unequal ones by groups.
     *
     * @param kvHeads keys and values that serve equal heads; empty: one for each
     * @param window tokens that a token attends to, itself among them; empty: all before it
     * @param budget what {@code heads * headDim} must spend; the model's width if only one of the two is given
     */
    public record Attention(
            OptionalInt heads,
            OptionalInt headDim,
            OptionalInt kvHeads,
            OptionalInt budget,
            List<HeadSettings> groups,
            Scale scale,
            OptionalInt window,
            boolean qkNorm) {

        public Attention {
            groups = List.copyOf(groups);
            if (!groups.isEmpty() && (heads.isPresent() || headDim.isPresent())) {
                throw new IllegalArgumentException(
                        "groups say how many heads there are; leave heads and head-dim out, or the groups");
            }
            if (kvHeads.isPresent() && heads.isEmpty() && headDim.isEmpty()) {
                throw new IllegalArgumentException("kv-heads needs heads or head-dim beside it; groups and a sweep's"
                        + " layouts have kv-heads of their own");
            }
        }

        private Scores scores() {
            return new Scores(scale, window.orElse(Scores.UNLIMITED), qkNorm);
        }

        private Optional<AttentionConfig> layout(int modelWidth) {
            if (!groups.isEmpty()) {
                return Optional.of(ofGroups());
            }
            if (heads.isEmpty() && headDim.isEmpty()) {
                return Optional.empty();
            }
            boolean both = heads.isPresent() && headDim.isPresent();
            OptionalInt spend = budget.isPresent() || both ? budget : OptionalInt.of(modelWidth);
            AttentionConfig layout = AttentionConfig.derive(heads, headDim, spend);
            return Optional.of(kvHeads.isEmpty() ? layout : layout.withKvHeads(kvHeads.getAsInt()));
        }

        private AttentionConfig ofGroups() {
            AttentionConfig layout = new AttentionConfig(
                    groups.stream().map(HeadSettings::toGroup).toList());
            if (budget.isPresent() && budget.getAsInt() != layout.width()) {
                throw new IllegalArgumentException("groups must spend the budget of " + budget.getAsInt() + ", got "
                        + layout + " = " + layout.width() + "; leave the budget out, or change the groups");
            }
            return layout;
        }
    }

    public ModelSettings {
        // Everything but the heads is checked in a sweep, too: a head of 2 suits every kind of positions.
        new ModelConfig(
                vocabulary.orElse(ANY_VOCABULARY),
                context,
                width,
                layers,
                new BlockConfig(
                        attention.layout(width).orElse(AttentionConfig.uniform(1, 2)),
                        attention.scores(),
                        feedForward,
                        norm,
                        bias,
                        dropout),
                positions,
                sharing,
                embedding,
                initialization);
    }

    /** How the section itself divides the attention; empty if it names no heads. */
    public Optional<AttentionConfig> layout() {
        return attention.layout(width);
    }

    /**
     * The model for a dataset.
     *
     * @param tokens vocabulary of the dataset's tokenizer
     * @throws IllegalArgumentException if the section names another vocabulary, or no heads
     */
    public ModelConfig toModel(int tokens) {
        return toModel(
                tokens,
                layout().orElseThrow(
                                () -> new IllegalArgumentException("model.attention needs heads or head-dim (the other"
                                        + " follows from the budget, which is model.width unless given), or groups")));
    }

    /** The model for a dataset with the heads that a sweep chose. */
    public ModelConfig toModel(int tokens, AttentionConfig heads) {
        if (vocabulary.isPresent() && vocabulary.getAsInt() != tokens) {
            throw new IllegalArgumentException("model.vocabulary must be the tokenizer's " + tokens + ", got "
                    + vocabulary.getAsInt() + "; leave it out to take the tokenizer's");
        }
        BlockConfig block = new BlockConfig(heads, attention.scores(), feedForward, norm, bias, dropout);
        return new ModelConfig(tokens, context, width, layers, block, positions, sharing, embedding, initialization);
    }
}
