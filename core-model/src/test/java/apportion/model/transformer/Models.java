package apportion.model.transformer;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.EmbeddingConfig;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;

/** Tiny models, and a list of them in which every two choices meet. */
public final class Models {

    private Models() {}

    /** A model of two layers, width 8, context 5 and 11 tokens, with what a test wants to change in the open. */
    public static final class Draft {

        public int vocabulary = 11;
        public int context = 5;
        public int width = 8;
        public AttentionConfig attention = AttentionConfig.uniform(2, 4);
        public List<AttentionConfig> perLayer = List.of();
        public int depth = 2;
        public Scale scale = new Scale.InverseRoot();
        public int window = Scores.UNLIMITED;
        public boolean qkNorm = false;
        public int hidden = 12;
        public Activation activation = Activation.GELU;
        public Norm.Type norm = Norm.Type.LAYER;
        public Norm.Placement placement = Norm.Placement.PRE;
        public Positions positions = new Positions.Learned();
        public Sharing.Qkv qkv = Sharing.Qkv.NONE;
        public Sharing.Embedding embedding = Sharing.Embedding.FULL;
        public Sharing.Layers layers = Sharing.Layers.NONE;
        public int embeddingWidth = 8;
        public boolean outputBias = false;
        public Experts experts = Experts.ONE;
        public Initialization initialization = new Initialization.Gpt2(0.3);
        public boolean bias = true;
        public double dropout = 0;

        public ModelConfig model() {
            return new ModelConfig(
                    vocabulary,
                    context,
                    width,
                    depth,
                    new BlockConfig(
                            attention,
                            perLayer,
                            new Scores(scale, window, qkNorm),
                            new FeedForwardConfig(hidden, activation, experts),
                            new Norm(norm, 1e-5, placement),
                            bias,
                            dropout),
                    positions,
                    new Sharing(qkv, embedding, layers),
                    new EmbeddingConfig(embeddingWidth, outputBias),
                    initialization);
        }
    }

    /** A model with some changes to a GPT-2-shaped one. */
    public static ModelConfig with(Consumer<Draft> changes) {
        Draft draft = new Draft();
        changes.accept(draft);
        return draft.model();
    }

    /** A GPT-2-shaped model. */
    public static ModelConfig gpt() {
        return new Draft().model();
    }

    /** A LLaMA-shaped model. */
    public static ModelConfig llama() {
        return with(draft -> {
            draft.activation = Activation.SWIGLU;
            draft.norm = Norm.Type.RMS;
            draft.positions = new Positions.Rotary(10000);
            draft.embedding = Sharing.Embedding.NONE;
            draft.bias = false;
        });
    }

    /** A model that drops a quarter of its numbers in training. */
    public static ModelConfig dropping() {
        return with(draft -> {
            draft.activation = Activation.SWIGLU;
            draft.norm = Norm.Type.RMS;
            draft.dropout = 0.25;
        });
    }

    /** The same model with its last layer twice. */
    static ModelConfig oneLayerMore(ModelConfig model) {
        BlockConfig block = model.block();
        List<AttentionConfig> perLayer = new ArrayList<>();
        for (int layer = 0; layer <= model.layers(); layer++) {
            perLayer.add(model.block(Math.min(layer, model.layers() - 1)).attention());
        }
        return new ModelConfig(
                model.vocabulary(),
                model.context(),
                model.width(),
                model.layers() + 1,
                new BlockConfig(
                        block.attention(),
                        perLayer,
                        block.scores(),
                        block.feedForward(),
                        block.norm(),
                        block.bias(),
                        block.dropout()),
                model.positions(),
                model.sharing(),
                model.embedding(),
                model.initialization());
    }

    /** What may be chosen, one list a dimension. */
    private static List<List<Consumer<Draft>>> choices() {
        List<List<Consumer<Draft>>> choices = new ArrayList<>();
        choices.add(each(
                List.of(
                        AttentionConfig.uniform(1, 6),
                        AttentionConfig.uniform(3, 2),
                        new AttentionConfig(List.of(new HeadGroup(2, 2), new HeadGroup(1, 4))),
                        AttentionConfig.uniform(4, 1),
                        AttentionConfig.uniform(1, 5),
                        AttentionConfig.uniform(4, 2).withKvHeads(1),
                        new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(4, 2, 2)))),
                (draft, value) -> draft.attention = value));
        choices.add(each(
                List.<List<AttentionConfig>>of(
                        List.of(),
                        List.of(AttentionConfig.uniform(4, 2), AttentionConfig.uniform(1, 6)),
                        List.of(AttentionConfig.uniform(2, 4).withKvHeads(1), AttentionConfig.uniform(6, 1))),
                (draft, value) -> draft.perLayer = value));
        choices.add(each(
                List.of(new Scale.InverseRoot(), new Scale.Inverse(), new Scale.Fixed(0.7)),
                (draft, value) -> draft.scale = value));
        choices.add(each(List.of(Scores.UNLIMITED, 2, 3), (draft, value) -> draft.window = value));
        choices.add(each(List.of(false, true), (draft, value) -> draft.qkNorm = value));
        choices.add(each(List.of(Activation.values()), (draft, value) -> draft.activation = value));
        choices.add(each(List.of(Norm.Type.values()), (draft, value) -> draft.norm = value));
        choices.add(each(List.of(Norm.Placement.values()), (draft, value) -> draft.placement = value));
        choices.add(each(
                List.of(
                        new Positions.Learned(),
                        new Positions.Rotary(100),
                        new Positions.None(),
                        new Positions.Sinusoidal(),
                        new Positions.Alibi(),
                        new Positions.Relative(3)),
                (draft, value) -> draft.positions = value));
        choices.add(each(List.of(Sharing.Qkv.values()), (draft, value) -> draft.qkv = value));
        choices.add(each(
                List.of(
                        Sharing.Embedding.NONE,
                        Sharing.Embedding.FULL,
                        new Sharing.Embedding.Partial(3),
                        new Sharing.Embedding.Differentiated(4, 2),
                        new Sharing.Embedding.Differentiated(8, 0),
                        new Sharing.Embedding.TiedUntil(3),
                        new Sharing.Embedding.UntiedUntil(3, 2)),
                (draft, value) -> draft.embedding = value));
        choices.add(each(List.of(8, 3), (draft, value) -> draft.embeddingWidth = value));
        choices.add(each(List.of(false, true), (draft, value) -> draft.outputBias = value));
        choices.add(each(List.of(Sharing.Layers.values()), (draft, value) -> draft.layers = value));
        choices.add(each(
                List.of(
                        Experts.ONE,
                        new Experts(3, 2, Experts.Gates.CHOSEN, 0.1, new Experts.Weights.Own()),
                        new Experts(4, 1, Experts.Gates.ALL, 0, new Experts.Weights.Own()),
                        new Experts(3, 2, Experts.Gates.ALL, 0.5, new Experts.Weights.Shared(2)),
                        new Experts(2, 2, Experts.Gates.CHOSEN, 0, new Experts.Weights.Shared(0))),
                (draft, value) -> draft.experts = value));
        choices.add(each(
                List.of(new Initialization.Gpt2(0.3), new Initialization.Xavier(0.3), new Initialization.Mup(0.3, 4)),
                (draft, value) -> draft.initialization = value));
        choices.add(each(List.of(false, true), (draft, value) -> draft.bias = value));
        choices.add(each(List.of(0.0, 0.25), (draft, value) -> draft.dropout = value));
        return choices;
    }

    private interface Setter<T> {
        void set(Draft draft, T value);
    }

    private static <T> List<Consumer<Draft>> each(List<T> values, Setter<T> setter) {
        return values.stream()
                .<Consumer<Draft>>map(value -> draft -> setter.set(draft, value))
                .toList();
    }

    /** Value {@code first} of one dimension with value {@code second} of another. */
    private record Pair(int one, int first, int other, int second) {}

    /**
     * Models in which every two choices that go together meet at least once: faults come from one choice or from two
     * that disturb each other, and all combinations would be thousands.
     */
    public static List<ModelConfig> all() {
        List<List<Consumer<Draft>>> choices = choices();
        Random random = new Random(1);
        List<ModelConfig> models = new ArrayList<>();
        Set<Pair> met = new HashSet<>();
        for (Pair pair : pairs(choices)) {
            if (!met.contains(pair)) {
                candidate(pair, choices, met, random).ifPresent(chosen -> {
                    models.add(model(chosen, choices).orElseThrow());
                    met.addAll(pairs(chosen));
                });
            }
        }
        return models;
    }

    /** A model, and all that differ from it by one choice and may be. */
    public static List<ModelConfig> near(Consumer<Draft> base) {
        List<ModelConfig> models = new ArrayList<>(List.of(with(base)));
        for (List<Consumer<Draft>> values : choices()) {
            for (Consumer<Draft> value : values) {
                try {
                    models.add(with(base.andThen(value)));
                } catch (IllegalArgumentException refused) {
                    // The two do not go together.
                }
            }
        }
        return models;
    }

    private static List<Pair> pairs(List<List<Consumer<Draft>>> choices) {
        List<Pair> pairs = new ArrayList<>();
        for (int one = 0; one < choices.size(); one++) {
            for (int other = one + 1; other < choices.size(); other++) {
                for (int first = 0; first < choices.get(one).size(); first++) {
                    for (int second = 0; second < choices.get(other).size(); second++) {
                        pairs.add(new Pair(one, first, other, second));
                    }
                }
            }
        }
        return pairs;
    }

    private static Set<Pair> pairs(int[] chosen) {
        Set<Pair> pairs = new HashSet<>();
        for (int one = 0; one < chosen.length; one++) {
            for (int other = one + 1; other < chosen.length; other++) {
                pairs.add(new Pair(one, chosen[one], other, chosen[other]));
            }
        }
        return pairs;
    }

    /**
     * Of many random choices that hold the pair, the one with most pairs that have not met; none if all are refused.
     */
    private static Optional<int[]> candidate(
            Pair pair, List<List<Consumer<Draft>>> choices, Set<Pair> met, Random random) {
        Optional<int[]> best = Optional.empty();
        long most = 0;
        for (int attempt = 0; attempt < 60; attempt++) {
            int[] chosen = choices.stream()
                    .mapToInt(values -> random.nextInt(values.size()))
                    .toArray();
            chosen[pair.one] = pair.first;
            chosen[pair.other] = pair.second;
            long fresh =
                    pairs(chosen).stream().filter(each -> !met.contains(each)).count();
            if (fresh > most && model(chosen, choices).isPresent()) {
                most = fresh;
                best = Optional.of(chosen);
            }
        }
        return best;
    }

    private static Optional<ModelConfig> model(int[] chosen, List<List<Consumer<Draft>>> choices) {
        Draft draft = new Draft();
        for (int i = 0; i < chosen.length; i++) {
            choices.get(i).get(chosen[i]).accept(draft);
        }
        try {
            return Optional.of(draft.model());
        } catch (IllegalArgumentException refused) {
            return Optional.empty();
        }
    }
}
