package apportion.spark.conf;

import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.AllocationProblem.Spending;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.LagKernel;
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
        Embedding embedding,
        Initialization initialization) {

    /** Enough for a model to be checked before its tokenizer exists. */
    private static final int ANY_VOCABULARY = 2;

    /**
     * The heads of all layers, or of each, and how they score.
     *
     * @param kvHeads keys and values that serve equal heads; empty: one for each
     * @param budget what {@code heads * headDim} must spend; the model's width if only one of the two is given
     * @param perLayer the heads of each layer, first to last; empty where all layers have the same
     * @param allocate what theory makes of the budget, or of the model's width without one, in every layer
     * @param window tokens that a token attends to, itself among them; empty: all before it
     */
    public record Attention(
            OptionalInt heads,
            OptionalInt headDim,
            OptionalInt kvHeads,
            OptionalInt budget,
            List<HeadSettings> groups,
            List<LayoutSettings> perLayer,
            Optional<Theory> allocate,
            Scale scale,
            OptionalInt window,
            boolean qkNorm) {

        public Attention {
            groups = List.copyOf(groups);
            perLayer = List.copyOf(perLayer);
            new LayoutSettings(heads, headDim, kvHeads, Optional.of(groups));
            boolean forAll = heads.isPresent() || headDim.isPresent() || !groups.isEmpty();
            if (!perLayer.isEmpty() && forAll) {
                throw new IllegalArgumentException("per-layer says what heads every layer has; leave heads, head-dim"
                        + " and groups out, or per-layer");
            }
            if (allocate.isPresent() && (forAll || !perLayer.isEmpty())) {
                throw new IllegalArgumentException("allocate says what heads there are; leave heads, head-dim, groups"
                        + " and per-layer out, or allocate");
            }
        }

        /** How queries score keys, in every layer. */
        public Scores scores() {
            return new Scores(scale, window.orElse(Scores.UNLIMITED), qkNorm);
        }

        private Optional<AttentionConfig> layout(int modelWidth) {
            if (allocate.isPresent()) {
                return allocate.map(theory -> theory.layout(budget.orElse(modelWidth)));
            }
            return new LayoutSettings(heads, headDim, kvHeads, Optional.of(groups)).layout(budget, modelWidth);
        }

        private List<AttentionConfig> layouts(int modelWidth) {
            return perLayer.stream()
                    .map(layer -> layer.layout(budget, modelWidth)
                            .orElseThrow(() -> new IllegalArgumentException(
                                    "attention.per-layer needs heads or head-dim, or groups, in every layer")))
                    .toList();
        }
    }

    /**
     * The heads for which theory's bound on the error of a layer is least.
     *
     * @param kernel how much each token before counts, as {@link LagKernel#parse} reads it
     * @param tokenDim dimension of what a head must keep of a token
     */
    public record Theory(String kernel, int tokenDim) {

        public Theory {
            LagKernel.parse(kernel);
        }

        private AttentionConfig layout(int budget) {
            var problem = new AllocationProblem(LagKernel.parse(kernel), budget, tokenDim, Spending.ALL);
            return Allocator.fitting(problem).allocate(problem).attention();
        }
    }

    /**
     * The tables of token vectors.
     *
     * @param width the model's if empty
     */
    public record Embedding(OptionalInt width, boolean outputBias) {

        private EmbeddingConfig of(int modelWidth) {
            return new EmbeddingConfig(width.orElse(modelWidth), outputBias);
        }
    }

    public ModelSettings {
        // Everything but the heads is checked in a sweep, too: a head of 2 suits every kind of positions.
        AttentionConfig heads = attention.layout(width).orElse(AttentionConfig.uniform(1, 2));
        List<AttentionConfig> perLayer = attention.layouts(width);
        new ModelConfig(
                vocabulary.orElse(ANY_VOCABULARY),
                context,
                width,
                layers,
                new BlockConfig(heads, perLayer, attention.scores(), feedForward, norm, bias, dropout),
                positions,
                sharing,
                embedding.of(width),
                initialization);
    }

    /**
     * How the section itself divides the attention of all layers; empty if it names no heads, or those of each layer.
     */
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
        List<AttentionConfig> perLayer = attention.layouts(width);
        return toModel(
                tokens,
                layout().or(() -> perLayer.stream().findFirst())
                        .orElseThrow(() -> new IllegalArgumentException("model.attention needs heads or head-dim (the"
                                + " other follows from the budget, which is model.width unless given), groups,"
                                + " per-layer, or allocate")),
                perLayer);
    }

    /** The same with another way to score keys. */
    public ModelSettings scored(Scale scale, boolean qkNorm) {
        Attention scored = new Attention(
                attention.heads,
                attention.headDim,
                attention.kvHeads,
                attention.budget,
                attention.groups,
                attention.perLayer,
                attention.allocate,
                scale,
                attention.window,
                qkNorm);
        return with(scored, feedForward);
    }

    /** The same with another hidden width of the position-wise networks. */
    public ModelSettings withFeedForward(int hidden) {
        return with(attention, new FeedForwardConfig(hidden, feedForward.activation(), feedForward.experts()));
    }

    private ModelSettings with(Attention heads, FeedForwardConfig network) {
        return new ModelSettings(
                layers,
                width,
                context,
                vocabulary,
                heads,
                network,
                norm,
                positions,
                bias,
                dropout,
                sharing,
                embedding,
                initialization);
    }

    /** The model for a dataset with the heads that a sweep chose for all layers. */
    public ModelConfig toModel(int tokens, AttentionConfig heads) {
        return toModel(tokens, heads, List.of());
    }

    /**
     * The model for a dataset with the heads that a sweep chose.
     *
     * @param perLayer the heads of each layer; empty where all have {@code heads}
     */
    public ModelConfig toModel(int tokens, AttentionConfig heads, List<AttentionConfig> perLayer) {
        if (vocabulary.isPresent() && vocabulary.getAsInt() != tokens) {
            throw new IllegalArgumentException("model.vocabulary must be the tokenizer's " + tokens + ", got "
                    + vocabulary.getAsInt() + "; leave it out to take the tokenizer's");
        }
        var block = new BlockConfig(heads, perLayer, attention.scores(), feedForward, norm, bias, dropout);
        return new ModelConfig(
                tokens, context, width, layers, block, positions, sharing, embedding.of(width), initialization);
    }
}
