package apportion.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ConfigTest {

    private static final OptionalInt NONE = OptionalInt.empty();

    private static OptionalInt some(int value) {
        return OptionalInt.of(value);
    }

    private static void refused(ThrowingCallable made, String message) {
        assertThatThrownBy(made).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
    }

    private static BlockConfig block(AttentionConfig attention, double dropout) {
        return new BlockConfig(
                attention,
                new FeedForwardConfig(8, Activation.GELU),
                new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                true,
                dropout);
    }

    private static ModelConfig model(int vocabulary, int context, int width, int layers, double std) {
        return new ModelConfig(
                vocabulary,
                context,
                width,
                layers,
                block(AttentionConfig.uniform(1, 3), 0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.NONE),
                std);
    }

    @Test
    void anyTwoSizesGiveTheThird() {
        AttentionConfig expected = AttentionConfig.uniform(8, 32);
        assertThat(AttentionConfig.derive(some(8), some(32), NONE)).isEqualTo(expected);
        assertThat(AttentionConfig.derive(some(8), NONE, some(256))).isEqualTo(expected);
        assertThat(AttentionConfig.derive(NONE, some(32), some(256))).isEqualTo(expected);
        assertThat(AttentionConfig.derive(some(8), some(32), some(256))).isEqualTo(expected);
    }

    @Test
    void sizesThatDoNotDivideAreNamedWithTheNearestThatDo() {
        refused(
                () -> AttentionConfig.derive(some(5), NONE, some(64)),
                "heads must divide the budget of 64, got 5; the nearest that do: 4 or 8");
        refused(
                () -> AttentionConfig.derive(NONE, some(48), some(64)),
                "head-dim must divide the budget of 64, got 48; the nearest that do: 32 or 64");
        refused(
                () -> AttentionConfig.derive(some(65), NONE, some(64)),
                "heads must divide the budget of 64, got 65; the nearest that do: 64");
        refused(
                () -> AttentionConfig.derive(some(2), NONE, some(13)),
                "heads must divide the budget of 13, got 2; the nearest that do: 1 or 13");
    }

    @Test
    void sizesThatContradictOrLackEachOtherAreRefused() {
        refused(
                () -> AttentionConfig.derive(some(8), some(32), some(128)),
                "heads * head-dim must be the budget of 128, got 8 * 32 = 256; leave one of the three out");
        String missing = "attention needs heads and head-dim, or one of them and a budget";
        refused(() -> AttentionConfig.derive(some(8), NONE, NONE), missing);
        refused(() -> AttentionConfig.derive(NONE, some(8), NONE), missing);
        refused(() -> AttentionConfig.derive(NONE, NONE, some(64)), missing);
        refused(() -> AttentionConfig.derive(NONE, NONE, NONE), missing);
        refused(() -> AttentionConfig.derive(some(0), NONE, some(64)), "heads must be at least 1, got 0");
        refused(() -> AttentionConfig.derive(NONE, some(-4), some(64)), "head-dim must be at least 1, got -4");
        refused(() -> AttentionConfig.derive(some(1), NONE, some(0)), "budget must be at least 1, got 0");
    }

    @Test
    void groupsAddUp() {
        var attention = new AttentionConfig(List.of(new HeadGroup(4, 32), new HeadGroup(16, 8)));
        assertThat(attention.heads()).isEqualTo(20);
        assertThat(attention.width()).isEqualTo(256);
        assertThat(attention).hasToString("4x32+16x8");
    }

    @Test
    void impossibleHeadsAreRefused() {
        refused(() -> new AttentionConfig(List.of()), "attention needs at least one group of heads, got none");
        refused(() -> new HeadGroup(0, 4), "heads must be at least 1, got 0");
        refused(() -> new HeadGroup(4, 0), "head-dim must be at least 1, got 0");
        refused(
                () -> new HeadGroup(65_536, 32_768),
                "heads * head-dim must be at most 2147483647, got 65536 * 32768 = 2147483648");
        refused(
                () -> new AttentionConfig(List.of(new HeadGroup(1, 2_000_000_000), new HeadGroup(1, 2_000_000_000))),
                "all heads together must be at most 2147483647 wide, got 4000000000");
    }

    @Test
    void scalesFollowTheHeadDimension() {
        assertThat(new Scale.InverseRoot().factor(64)).isEqualTo(0.125);
        assertThat(new Scale.Inverse().factor(64)).isEqualTo(1.0 / 64);
        assertThat(new Scale.Fixed(0.3).factor(64)).isEqualTo(0.3);
    }

    @Test
    void alibisSlopesAreThePapers() {
        assertThat(Positions.Alibi.slopes(1)).containsExactly(1 / 256.0);
        assertThat(Positions.Alibi.slopes(8))
                .containsExactly(0.5, 0.25, 0.125, 1 / 16.0, 1 / 32.0, 1 / 64.0, 1 / 128.0, 1 / 256.0);
        // Its code gives 12 heads those of 8, then every other one of 16.
        assertThat(Positions.Alibi.slopes(12))
                .startsWith(Positions.Alibi.slopes(8))
                .endsWith(Math.pow(2, -0.5), Math.pow(2, -1.5), Math.pow(2, -2.5), Math.pow(2, -3.5));
    }

    @Test
    void sinusoidsAreThePapers() {
        assertThat(Positions.Sinusoidal.table(2, 5))
                .containsExactly(
                        new float[] {
                            0,
                            1,
                            0,
                            1,
                            0,
                            (float) Math.sin(1),
                            (float) Math.cos(1),
                            (float) Math.sin(Math.pow(1e4, -0.4)),
                            (float) Math.cos(Math.pow(1e4, -0.4)),
                            (float) Math.sin(Math.pow(1e4, -0.8))
                        },
                        within(1e-7f));
    }

    @Test
    void keysAndValuesMayServeSeveralHeads() {
        var attention = new AttentionConfig(List.of(new HeadGroup(4, 32, 1), new HeadGroup(16, 8, 4)));
        assertThat(attention.width()).isEqualTo(256);
        assertThat(attention.keyValueWidth()).isEqualTo(64);
        assertThat(attention).hasToString("4x32/1+16x8/4");
        assertThat(new HeadGroup(4, 32, 4)).isEqualTo(new HeadGroup(4, 32)).hasToString("4x32");
        assertThat(AttentionConfig.uniform(6, 2).withKvHeads(3)).hasToString("6x2/3");

        refused(() -> new HeadGroup(12, 4, 5), "kv-heads must divide the 12 heads, got 5; the nearest that do: 4 or 6");
        refused(() -> new HeadGroup(12, 4, 24), "kv-heads must divide the 12 heads, got 24; the nearest that do: 12");
        refused(() -> new HeadGroup(12, 4, 0), "kv-heads must be at least 1, got 0");
    }

    @Test
    void impossibleModelsAreRefused() {
        refused(() -> model(1, 1, 1, 1, 1), "model.vocabulary must be at least 2, got 1");
        refused(() -> model(2, 0, 1, 1, 1), "model.context must be at least 1, got 0");
        refused(() -> model(2, 1, 0, 1, 1), "model.width must be at least 1, got 0");
        refused(() -> model(2, 1, 1, 0, 1), "model.layers must be at least 1, got 0");
        refused(() -> model(2, 1, 1, 1, 0), "initialization.std must be positive and finite, got 0.0");
        refused(() -> model(2, 1, 1, 1, Double.NaN), "initialization.std must be positive and finite, got NaN");
        refused(() -> new FeedForwardConfig(0, Activation.GELU), "feed-forward.width must be at least 1, got 0");
        refused(
                () -> new Norm(Norm.Type.RMS, 0, Norm.Placement.PRE),
                "norm.epsilon must be positive and finite, got 0.0");
        refused(() -> new Positions.Relative(0), "positions.distances must be at least 1, got 0");
        refused(() -> new Positions.Rotary(-1), "positions.base must be positive and finite, got -1.0");
        refused(() -> new Scores(new Scale.InverseRoot(), 0, false), "window must be at least 1, got 0");
        refused(() -> new Scale.Fixed(0), "scale.value must be positive and finite, got 0.0");
        AttentionConfig attention = AttentionConfig.uniform(1, 3);
        refused(() -> block(attention, 1), "dropout must be at least 0 and below 1, got 1.0");
        refused(() -> block(attention, -0.1), "dropout must be at least 0 and below 1, got -0.1");
        refused(() -> block(attention, Double.NaN), "dropout must be at least 0 and below 1, got NaN");
    }

    @Test
    void queriesThatAreKeysNeedAKeyForEachHead() {
        AttentionConfig fewerKeys = AttentionConfig.uniform(8, 16).withKvHeads(2);
        for (Sharing.Qkv qkv : List.of(Sharing.Qkv.QUERY_KEY, Sharing.Qkv.ALL, Sharing.Qkv.DIAGONALS)) {
            refused(
                    () -> sharing(qkv, fewerKeys),
                    "sharing.qkv makes queries and keys the same, so every head needs a key of its own, got heads"
                            + " 8x16/2; leave kv-heads out, or share key-value or none");
        }
        assertThat(sharing(Sharing.Qkv.KEY_VALUE, fewerKeys).sharing().qkv().keyIsValue())
                .isTrue();
    }

    private static ModelConfig sharing(Sharing.Qkv qkv, AttentionConfig attention) {
        return new ModelConfig(
                2, 1, 1, 1, block(attention, 0), new Positions.Learned(), new Sharing(qkv, Sharing.Embedding.NONE), 1);
    }

    private static ModelConfig variant(
            Sharing.Embedding embedding, int embeddingWidth, Experts experts, Initialization initialization) {
        return new ModelConfig(
                100,
                10,
                16,
                2,
                new BlockConfig(
                        AttentionConfig.uniform(2, 8),
                        new FeedForwardConfig(32, Activation.GELU, experts),
                        new Norm(Norm.Type.RMS, 1e-5, Norm.Placement.PRE),
                        true,
                        0),
                new Positions.Learned(),
                new Sharing(embedding),
                new EmbeddingConfig(embeddingWidth, false),
                initialization);
    }

    @Test
    void variantsThatMakeNoSenseAreRefused() {
        var gpt2 = new Initialization.Gpt2(0.02);
        var mup = new Initialization.Mup(0.02, 8);
        var own = new Experts.Weights.Own();
        var full = Sharing.Embedding.FULL;
        refused(() -> variant(full, 17, Experts.ONE, gpt2), "embedding.width must be at most model.width, 16, got 17");
        refused(() -> variant(full, 0, Experts.ONE, gpt2), "embedding.width must be at least 1, got 0");
        refused(
                () -> variant(new Sharing.Embedding.Partial(17), 16, Experts.ONE, gpt2),
                "sharing.embedding.columns must be at most model.width, 16, got 17");
        refused(
                () -> variant(new Sharing.Embedding.Partial(4), 8, Experts.ONE, gpt2),
                "embedding.width must be model.width, 16, with sharing.embedding = partial, got 8; leave one of the two"
                        + " out");
        refused(
                () -> variant(new Sharing.Embedding.Differentiated(17, 0), 16, Experts.ONE, gpt2),
                "sharing.embedding.rank must be at most model.width, 16, got 17");
        refused(
                () -> variant(new Sharing.Embedding.Differentiated(4, 2), 8, Experts.ONE, gpt2),
                "embedding.width must be model.width, 16, with sharing.embedding = differentiated, got 8; leave one of"
                        + " the two out");
        refused(() -> new Sharing.Embedding.Differentiated(0, 2), "sharing.embedding.rank must be at least 1, got 0");
        refused(() -> new Sharing.Embedding.TiedUntil(0), "sharing.embedding.step must be at least 1, got 0");
        refused(() -> new Sharing.Embedding.UntiedUntil(1, 0), "sharing.embedding.over must be at least 1, got 0");
        refused(
                () -> new Experts(2, 3, Experts.Gates.ALL, 0, own),
                "experts.top-k must be at most experts.count, 2, got 3");
        refused(
                () -> new Experts(4, 1, Experts.Gates.CHOSEN, 0, own),
                "experts.top-k must be at least 2 with gates = chosen, got 1: the gate of a single chosen expert is"
                        + " always 1, so the router would not learn; use gates = all");
        refused(
                () -> new Experts(1, 1, Experts.Gates.CHOSEN, 0, new Experts.Weights.Shared(2)),
                "experts.weights = shared needs at least 2 experts to share them, got experts.count = 1");
        refused(
                () -> new Experts(2, 2, Experts.Gates.ALL, -1, own),
                "experts.balance must be at least 0 and finite, got -1.0");
        refused(
                () -> variant(full, 8, Experts.ONE, mup),
                "initialization = mup has no rule for tables with a factor; use a whole or partial embedding of the"
                        + " model's width, or gpt2");
        refused(
                () -> variant(full, 16, new Experts(4, 2, Experts.Gates.ALL, 0, own), mup),
                "initialization = mup has no rule for experts and their router, got 4 experts; use gpt2 or xavier");
        refused(() -> new Initialization.Mup(0.02, 0), "initialization.base-width must be at least 1, got 0");
        assertThat(variant(new Sharing.Embedding.Partial(4), 16, Experts.ONE, mup)
                        .tablePieces())
                .hasSize(2);
    }

    @Test
    void layoutsByLayerAreOneForEachAndAreAllChecked() {
        AttentionConfig even = AttentionConfig.uniform(2, 4);
        AttentionConfig odd = AttentionConfig.uniform(1, 3);
        refused(
                () -> perLayer(3, List.of(even, even), new Positions.None()),
                "attention.per-layer must have a layout for each of the 3 layers, got 2");
        refused(
                () -> perLayer(2, List.of(even, odd), new Positions.Rotary(10)),
                "rotary positions turn pairs of coordinates, so head-dim must be even, got 3; use an even head-dim or"
                        + " learned positions");
        ModelConfig model = perLayer(2, List.of(even, odd), new Positions.None());
        assertThat(model.block().attention()).as("the first layer's").isEqualTo(even);
        assertThat(model.block(1).perLayer()).isEmpty();
        assertThat(model.withAttention(odd).block(0).attention()).isEqualTo(odd);
        refused(
                () -> oneAttention(List.of(even, odd)),
                "attention.per-layer must be the same for all layers where sharing.layers gives them one attention, got"
                        + " [2x4, 1x3]");
        assertThat(oneAttention(List.of(odd, odd)).block(1).attention()).isEqualTo(odd);
        assertThatThrownBy(() -> model.block(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static ModelConfig oneAttention(List<AttentionConfig> attention) {
        ModelConfig model = perLayer(2, List.of(attention.get(0), attention.get(0)), new Positions.None());
        BlockConfig block = model.block();
        return new ModelConfig(
                2,
                1,
                1,
                2,
                new BlockConfig(
                        block.attention(), attention, block.scores(), block.feedForward(), block.norm(), false, 0),
                model.positions(),
                new Sharing(Sharing.Qkv.NONE, Sharing.Embedding.NONE, Sharing.Layers.ATTENTION),
                1);
    }

    private static ModelConfig perLayer(int layers, List<AttentionConfig> attention, Positions positions) {
        BlockConfig plain = block(AttentionConfig.uniform(1, 1), 0);
        var block = new BlockConfig(
                plain.attention(), attention, plain.scores(), plain.feedForward(), plain.norm(), false, 0);
        return new ModelConfig(2, 1, 1, layers, block, positions, new Sharing(Sharing.Embedding.NONE), 1);
    }

    @Test
    void rotaryPositionsNeedPairs() {
        refused(
                () -> new ModelConfig(
                        2,
                        1,
                        1,
                        1,
                        block(AttentionConfig.uniform(1, 3), 0),
                        new Positions.Rotary(10000),
                        new Sharing(Sharing.Embedding.NONE),
                        1),
                "rotary positions turn pairs of coordinates, so head-dim must be even, got 3; use an even head-dim or"
                        + " learned positions");
    }
}
