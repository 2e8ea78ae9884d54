package apportion.model.count;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.EmbeddingConfig;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelCountTest {

    private static ModelConfig gpt(int vocabulary, int context, int width, int layers, int heads, boolean bias) {
        return new ModelConfig(
                vocabulary,
                context,
                width,
                layers,
                new BlockConfig(
                        AttentionConfig.uniform(heads, width / heads),
                        new FeedForwardConfig(4 * width, Activation.GELU),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        bias,
                        0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.FULL),
                0.02);
    }

    @Test
    void gpt2SmallHasItsPublishedParameters() {
        assertThat(ModelCount.of(gpt(50257, 1024, 768, 12, 12, true)).parameters())
                .isEqualTo(124_439_808);
    }

    @Test
    void nanoGptsSmallCharacterModelIsCountedByHand() {
        ModelCount count = ModelCount.of(gpt(65, 64, 128, 4, 4, false));
        long embedding = 65 * 128 + 64 * 128;
        long block = 3 * 128 * 128 + 128 * 128 + 128 * 512 + 512 * 128 + 2 * 128;
        assertThat(count.parameters()).isEqualTo(embedding + 4 * block + 128).isEqualTo(804_096);
        assertThat(count.embeddingParameters()).isEqualTo(embedding);

        // 64 tokens through 196,608 weights a block, two operations each; 2080 pairs of places, 128 wide, twice.
        long blockFlops = 64 * 196_608 * 2 + 2080 * 128 * 2 * 2;
        assertThat(count.forwardFlops()).isEqualTo(4 * blockFlops + 64 * 65 * 128 * 2);
        assertThat(count.trainingFlops()).isEqualTo(3 * count.forwardFlops());
        assertThat(count.keyValueBytes()).isEqualTo(4L * 64 * 128 * 2 * 4);
        // Of a token in each block: two norms and their statistics, the stream twice, queries, keys, values, their mix,
        // and 512 numbers before and after GELU. Then the stream at the end, and the last norm.
        long token = 4 * (2 * (128 + 2) + 2 * 128 + 4 * 128 + 2 * 512) + 128 + 128 + 2;
        assertThat(count.activationBytes()).isEqualTo(64 * token * 4);
        assertThat(count.probabilityBytes()).isEqualTo(4L * 4 * 64 * 64 * 4);
    }

    @Test
    void blocksThatAreComputedAgainAreCountedByHand() {
        ModelConfig model = gpt(65, 64, 128, 4, 4, false);
        ModelCount once = ModelCount.of(model);
        for (int recompute = 0; recompute < 4; recompute++) {
            ModelCount count = ModelCount.of(model, recompute);
            // A block but for its last product, 128 x 512 a token.
            assertThat(count.recomputedFlops())
                    .isEqualTo(recompute * (64L * (196_608 - 65_536) * 2 + 2080 * 128 * 2 * 2));
            assertThat(count.trainingFlops()).isEqualTo(once.trainingFlops() + count.recomputedFlops());
            assertThat(count.forwardFlops()).isEqualTo(once.forwardFlops());
            // Of a token: what a block keeps, but for the stream that went in.
            long token = 2 * (128 + 2) + 128 + 4 * 128 + 2 * 512;
            assertThat(once.activationBytes() - count.activationBytes()).isEqualTo(recompute * 64L * token * 4);
            assertThat(once.probabilityBytes() - count.probabilityBytes()).isEqualTo(recompute * 4L * 64 * 64 * 4);
        }
        assertThat(ModelCount.of(model, 0)).isEqualTo(once);
    }

    @Test
    void blocksOfOneMemoryNeedTheLargestOfEachPart() {
        ModelConfig model = withLayers(
                AttentionConfig.uniform(8, 4),
                AttentionConfig.uniform(4, 32).withKvHeads(1),
                AttentionConfig.uniform(2, 64));
        // Of a token: queries, keys and values of 96, 192 and 384 numbers, and their mix of 32, 128 and 128.
        assertThat(ModelCount.of(model).activationBytes()
                        - ModelCount.of(model, 1).activationBytes())
                .isEqualTo(64 * (96 + 32 + ofABlock()) * 4);
        assertThat(ModelCount.of(model).activationBytes()
                        - ModelCount.of(model, 2).activationBytes())
                .isEqualTo(64 * (96 + 32 + 192 + 128 + 2 * ofABlock()) * 4);
        assertThat(ModelCount.of(model, 1).probabilityBytes()).isEqualTo((8 + 2) * 64L * 64 * 4);
        assertThat(ModelCount.of(model, 2).probabilityBytes()).isEqualTo(8 * 64L * 64 * 4);
    }

    /** What a token keeps in a block besides attention. */
    private static long ofABlock() {
        return 2 * (128 + 2) + 128 + 2 * 512;
    }

    @Test
    void aNormAfterASublayerOrAMixtureNeedsEveryProductAgain() {
        var dense = new FeedForwardConfig(32, Activation.GELU);
        var mixed = new FeedForwardConfig(
                32, Activation.GELU, new Experts(4, 2, Experts.Gates.ALL, 0, new Experts.Weights.Own()));
        var sharing = new Sharing(Sharing.Embedding.FULL);
        var tables = new EmbeddingConfig(16, false);
        long attention = 10 * 4 * 16 * 16 + 2 * 55 * 16;
        assertThat(ModelCount.of(variant(dense, sharing, tables, false), 2).recomputedFlops())
                .isEqualTo(2 * 2 * (attention + 10L * 2 * 16 * 32));
        assertThat(ModelCount.of(variant(mixed, sharing, tables, false), 2).recomputedFlops())
                .isEqualTo(2 * 2 * (attention + 10L * (2 * 2 * 16 * 32 + 4 * 16)));
    }

    @Test
    void aLlamaShapedModelIsCountedByHand() {
        var model = new ModelConfig(
                1000,
                32,
                48,
                2,
                new BlockConfig(
                        AttentionConfig.uniform(5, 10),
                        new FeedForwardConfig(70, Activation.SWIGLU),
                        new Norm(Norm.Type.RMS, 1e-5, Norm.Placement.PRE),
                        true,
                        0),
                new Positions.Rotary(10000),
                new Sharing(Sharing.Embedding.NONE),
                0.02);
        // RMS norms have no bias, rotary positions no table.
        long attention = 150 * 48 + 150 + 48 * 50 + 48;
        long feedForward = 140 * 48 + 140 + 48 * 70 + 48;
        assertThat(ModelCount.of(model).parameters())
                .isEqualTo(2 * 1000 * 48 + 2 * (attention + feedForward + 2 * 48) + 48);
        assertThat(ModelCount.of(model).embeddingParameters()).isEqualTo(2 * 1000 * 48);
    }

    @Test
    void sharedKeysAndValuesAreProjectedAndCachedOnce() {
        ModelConfig plain = gpt(65, 64, 128, 4, 8, true);
        ModelCount all = ModelCount.of(plain);
        ModelCount two =
                ModelCount.of(plain.withAttention(AttentionConfig.uniform(8, 16).withKvHeads(2)));
        // 12 of 16 key and value heads of 16 are gone, with their biases.
        assertThat(all.parameters() - two.parameters()).isEqualTo(4 * (12 * 16 * 128 + 12 * 16));
        assertThat(all.forwardFlops() - two.forwardFlops()).isEqualTo(4 * 64 * 2 * 12 * 16 * 128);
        assertThat(two.keyValueBytes()).isEqualTo(all.keyValueBytes() / 4);
    }

    /**
     * The parameters that arXiv 2606.04032 gives for its models of 20 layers, width 1024, 16 heads, feed-forward 4096
     * and 50,304 tokens, tied, hold for layer norms and projections with biases and 2048 learned positions: the two
     * steps between them are 20 (1024^2 + 1024), a projection with its bias in each layer.
     */
    @ParameterizedTest
    @CsvSource({"NONE, 305534976", "KEY_VALUE, 284542976", "QUERY_KEY, 284542976", "ALL, 263550976"})
    void sharedProjectionsHaveTheirPublishedParameters(Sharing.Qkv qkv, long parameters) {
        assertThat(ModelCount.of(shared(gpt(50304, 2048, 1024, 20, 16, true), qkv))
                        .parameters())
                .isEqualTo(parameters);
    }

    @Test
    void sharedProjectionsAreCountedByHand() {
        long matrix = 768 * 768;
        long model = 12 * 12 * matrix;
        for (Sharing.Qkv qkv : Sharing.Qkv.values()) {
            ModelConfig plain = gpt(2, 1, 768, 12, 12, false);
            ModelCount count = ModelCount.of(shared(plain, qkv));
            long saved = ModelCount.of(plain).parameters() - count.parameters();
            long flops = ModelCount.of(plain).forwardFlops() - count.forwardFlops();
            long cache = count.keyValueBytes();
            switch (qkv) {
                case NONE -> assertThat(saved).isZero();
                case KEY_VALUE, QUERY_KEY -> assertThat(saved).isEqualTo(12 * matrix);
                // A sixth of a block of 12 d^2 weights.
                case ALL -> assertThat(saved).isEqualTo(12 * 2 * matrix).isEqualTo(model / 6);
                // 66.5 percent of the three matrices (Kowsher et al. 2024), as 3 d of the 2 d^2 come back.
                case DIAGONALS -> assertThat(saved).isEqualTo(12 * (2 * matrix - 3 * 768));
            }
            assertThat(flops).isEqualTo(2 * 12 * matrix * (qkv == Sharing.Qkv.DIAGONALS ? 2 : saved / (12 * matrix)));
            assertThat(cache).isEqualTo(12L * 768 * 4 * (qkv.keyIsValue() ? 1 : 2));
        }
    }

    private static ModelConfig shared(ModelConfig model, Sharing.Qkv qkv) {
        return new ModelConfig(
                model.vocabulary(),
                model.context(),
                model.width(),
                model.layers(),
                model.block(),
                model.positions(),
                new Sharing(qkv, model.sharing().embedding()),
                model.initialStd());
    }

    /** A model of width 128 and context 64 whose layers have these heads. */
    private static ModelConfig withLayers(AttentionConfig... layers) {
        ModelConfig plain = gpt(65, 64, 128, layers.length, 4, true);
        BlockConfig block = plain.block();
        return new ModelConfig(
                65,
                64,
                128,
                layers.length,
                new BlockConfig(
                        block.attention(), List.of(layers), block.scores(), block.feedForward(), block.norm(), true, 0),
                plain.positions(),
                plain.sharing(),
                0.02);
    }

    @Test
    void layersThatDifferAreCountedOneByOne() {
        ModelConfig plain = gpt(65, 64, 128, 2, 4, true);
        var narrow = AttentionConfig.uniform(8, 4);
        var wide = AttentionConfig.uniform(2, 64).withKvHeads(1);
        ModelConfig mixed = withLayers(narrow, wide);
        ModelCount first = ModelCount.of(plain.withAttention(narrow));
        ModelCount second = ModelCount.of(plain.withAttention(wide));
        ModelCount count = ModelCount.of(mixed);
        assertThat(2 * count.parameters()).isEqualTo(first.parameters() + second.parameters());
        assertThat(2 * count.forwardFlops()).isEqualTo(first.forwardFlops() + second.forwardFlops());
        assertThat(2 * count.keyValueBytes()).isEqualTo(first.keyValueBytes() + second.keyValueBytes());
        assertThat(2 * count.activationBytes()).isEqualTo(first.activationBytes() + second.activationBytes());
        assertThat(2 * count.probabilityBytes()).isEqualTo(first.probabilityBytes() + second.probabilityBytes());
    }

    @Test
    void aMixtureKeepsWhatItsChosenExpertsReadAndGive() {
        ModelConfig dense = gpt(65, 64, 128, 4, 4, true);
        BlockConfig block = dense.block();
        var experts = new Experts(8, 2, Experts.Gates.CHOSEN, 0, new Experts.Weights.Own());
        ModelConfig mixture = new ModelConfig(
                65,
                64,
                128,
                4,
                new BlockConfig(
                        block.attention(),
                        new FeedForwardConfig(512, Activation.GELU, experts),
                        block.norm(),
                        block.bias(),
                        0),
                dense.positions(),
                dense.sharing(),
                0.02);
        // Of a token: a probability and a gate of each expert; of two of them the gate, 128 numbers in and out, and the
        // 512 before and after GELU, which the dense network keeps once.
        long token = 4 * (2 * 8 + 2 * (1 + 2 * 128 + 2 * 512) - 2 * 512);
        assertThat(ModelCount.of(mixture).activationBytes()
                        - ModelCount.of(dense).activationBytes())
                .isEqualTo(64 * token * 4);
    }

    @Test
    void aWindowBoundsPairsAndCache() {
        ModelConfig plain = gpt(65, 64, 128, 4, 4, false);
        ModelCount all = ModelCount.of(plain);
        ModelCount ten = ModelCount.of(scored(plain, new Scores(new Scale.InverseRoot(), 10, false)));
        // 1 + 2 + ... + 10 places for the first ten tokens, 10 for each of the other 54.
        assertThat(all.forwardFlops() - ten.forwardFlops()).isEqualTo(4L * (2080 - (55 + 540)) * 128 * 2 * 2);
        assertThat(ten.keyValueBytes()).isEqualTo(4L * 10 * 128 * 2 * 4);
        assertThat(ten.parameters()).isEqualTo(all.parameters());
        assertThat(ModelCount.of(scored(plain, new Scores(new Scale.InverseRoot(), 64, false))))
                .isEqualTo(all);
    }

    @Test
    void onlyLearnedAndRelativePositionsHaveParameters() {
        ModelConfig learned = gpt(65, 64, 128, 4, 4, false);
        long without = ModelCount.of(learned).parameters() - 64 * 128;
        for (Positions positions : List.of(
                new Positions.None(), new Positions.Sinusoidal(), new Positions.Rotary(1e4), new Positions.Alibi())) {
            assertThat(ModelCount.of(placed(learned, positions)).parameters()).isEqualTo(without);
        }
        assertThat(ModelCount.of(placed(learned, new Positions.Relative(10))).parameters())
                .isEqualTo(without + 4 * 4 * 10);
    }

    private static ModelConfig placed(ModelConfig model, Positions positions) {
        return new ModelConfig(
                model.vocabulary(),
                model.context(),
                model.width(),
                model.layers(),
                model.block(),
                positions,
                model.sharing(),
                model.initialStd());
    }

    @Test
    void gainsOfQueriesAndKeysAreCounted() {
        ModelConfig plain = gpt(65, 64, 128, 4, 4, false);
        ModelConfig normalised = scored(plain, new Scores(new Scale.InverseRoot(), Scores.UNLIMITED, true));
        assertThat(ModelCount.of(normalised).parameters() - ModelCount.of(plain).parameters())
                .isEqualTo(4 * 2 * 32);
    }

    private static ModelConfig scored(ModelConfig model, Scores scores) {
        BlockConfig block = model.block();
        return new ModelConfig(
                model.vocabulary(),
                model.context(),
                model.width(),
                model.layers(),
                new BlockConfig(
                        block.attention(),
                        List.of(),
                        scores,
                        block.feedForward(),
                        block.norm(),
                        block.bias(),
                        block.dropout()),
                model.positions(),
                model.sharing(),
                model.initialStd());
    }

    @Test
    void parametersAndOperationsDoNotDependOnHowAWidthIsDivided() {
        ModelConfig wide = gpt(65, 64, 128, 4, 1, true);
        ModelConfig narrow = wide.withAttention(AttentionConfig.uniform(128, 1));
        ModelCount few = ModelCount.of(wide);
        ModelCount many = ModelCount.of(narrow);
        assertThat(many.parameters()).isEqualTo(few.parameters());
        assertThat(many.forwardFlops()).isEqualTo(few.forwardFlops());
        assertThat(many.keyValueBytes()).isEqualTo(few.keyValueBytes());
        assertThat(many.activationBytes()).isEqualTo(few.activationBytes());
        // What does: the probabilities of each head.
        assertThat(many.probabilityBytes())
                .isEqualTo(128 * few.probabilityBytes())
                .isEqualTo(4L * 128 * 64 * 64 * 4);
    }

    private static ModelConfig variant(
            FeedForwardConfig feedForward, Sharing sharing, EmbeddingConfig embedding, boolean bias) {
        return new ModelConfig(
                100,
                10,
                16,
                3,
                new BlockConfig(
                        AttentionConfig.uniform(2, 8),
                        feedForward,
                        new Norm(Norm.Type.RMS, 1e-5, Norm.Placement.POST),
                        bias,
                        0),
                new Positions.Rotary(10000),
                sharing,
                embedding,
                new Initialization.Gpt2(0.02));
    }

    @Test
    void embeddingsThatShareInPartAreCountedByTheirDefinitions() {
        var dense = new FeedForwardConfig(32, Activation.GELU);
        long blocks = 3 * (4 * 16 * 16 + 2 * 16 * 32 + 2 * 16);
        Map<Sharing.Embedding, Long> parameters = Map.of(
                Sharing.Embedding.NONE,
                2L * 100 * 16,
                Sharing.Embedding.FULL,
                100L * 16,
                new Sharing.Embedding.Partial(5),
                100L * (2 * 16 - 5),
                new Sharing.Embedding.Differentiated(6, 3),
                100L * 6 + 2 * 6 * 16 + 2 * (100 * 3 + 3 * 16),
                new Sharing.Embedding.TiedUntil(7),
                2L * 100 * 16,
                new Sharing.Embedding.UntiedUntil(7, 2),
                2L * 100 * 16);
        parameters.forEach((sharing, expected) -> {
            ModelCount count =
                    ModelCount.of(variant(dense, new Sharing(sharing), new EmbeddingConfig(16, true), false));
            assertThat(count.embeddingParameters()).as("%s", sharing).isEqualTo(expected + 100);
            assertThat(count.parameters()).isEqualTo(expected + 100 + blocks);
        });
        // V D + D C for one matrix, twice that for two.
        assertThat(ModelCount.of(variant(
                                dense, new Sharing(Sharing.Embedding.FULL), new EmbeddingConfig(4, false), false))
                        .embeddingParameters())
                .isEqualTo(100 * 4 + 4 * 16);
        assertThat(ModelCount.of(variant(
                                dense, new Sharing(Sharing.Embedding.NONE), new EmbeddingConfig(4, false), false))
                        .embeddingParameters())
                .isEqualTo(2 * (100 * 4 + 4 * 16));
    }

    @Test
    void layersThatShareAreCountedOnceAndComputedEachTime() {
        var dense = new FeedForwardConfig(32, Activation.GELU);
        var tables = new EmbeddingConfig(16, false);
        long attention = 4 * 16 * 16 + 16;
        long feedForward = 2 * 16 * 32 + 16;
        Map<Sharing.Layers, Long> parameters = Map.of(
                Sharing.Layers.NONE, 3 * (attention + feedForward),
                Sharing.Layers.ALL, attention + feedForward,
                Sharing.Layers.ATTENTION, attention + 3 * feedForward,
                Sharing.Layers.FEED_FORWARD, 3 * attention + feedForward);
        long flops = ModelCount.of(variant(dense, new Sharing(Sharing.Embedding.FULL), tables, false))
                .forwardFlops();
        parameters.forEach((layers, expected) -> {
            var sharing = new Sharing(Sharing.Qkv.NONE, Sharing.Embedding.FULL, layers);
            ModelCount count = ModelCount.of(variant(dense, sharing, tables, false));
            assertThat(count.parameters()).as("%s", layers).isEqualTo(1600 + expected);
            assertThat(count.forwardFlops()).isEqualTo(flops);
        });
    }

    @Test
    void aMixtureIsCountedWithAllItsExpertsAndComputedWithThoseThatATokenSees() {
        var sharing = new Sharing(Sharing.Embedding.FULL);
        var tables = new EmbeddingConfig(16, false);
        long matrices = 2 * 16 * 32;
        long biases = 32 + 16;
        ModelCount dense = ModelCount.of(variant(new FeedForwardConfig(32, Activation.GELU), sharing, tables, true));
        var own = new Experts(8, 2, Experts.Gates.CHOSEN, 0.01, new Experts.Weights.Own());
        ModelCount owned =
                ModelCount.of(variant(new FeedForwardConfig(32, Activation.GELU, own), sharing, tables, true));
        assertThat(owned.parameters() - dense.parameters()).isEqualTo(3 * (7 * (matrices + biases) + 8 * 16));
        assertThat(owned.forwardFlops() - dense.forwardFlops()).isEqualTo(3 * 10 * 2 * (matrices + 8 * 16));

        var shared = new Experts(8, 2, Experts.Gates.CHOSEN, 0.01, new Experts.Weights.Shared(4));
        ModelCount common =
                ModelCount.of(variant(new FeedForwardConfig(32, Activation.GELU, shared), sharing, tables, true));
        long addition = 2 * 4 * (16 + 32);
        assertThat(common.parameters() - dense.parameters()).isEqualTo(3 * (8 * addition + 8 * 16));
        assertThat(common.forwardFlops() - dense.forwardFlops())
                .isEqualTo(3 * 10 * 2 * (matrices + 2 * addition + 8 * 16));
    }

    @Test
    void largeModelsDoNotOverflow() {
        assertThat(ModelCount.of(gpt(100_000, 131_072, 16_384, 100, 128, false)).parameters())
                .isEqualTo((100_000L + 131_072) * 16_384 + 100L * (12L * 16_384 * 16_384 + 2 * 16_384) + 16_384);
        assertThat(ModelCount.of(gpt(100_000, 131_072, 16_384, 100, 128, false)).trainingFlops())
                .isPositive();
    }
}
