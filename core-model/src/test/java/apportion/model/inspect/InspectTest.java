package apportion.model.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionConfig;
import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.Models;
import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.TokenVectors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Heads that are known, and what is said of them. */
class InspectTest {

    private static final int TIME = 5;

    private static Backend open() {
        return Backends.open(Backends.Kind.ND4J, Precision.DOUBLE, 1);
    }

    private static float[] weights(ModelConfig model) {
        Random random = new Random(7);
        float[] weights = ParameterLayout.of(model).initialize(5);
        for (int i = 0; i < weights.length; i++) {
            weights[i] += 0.2f * (float) random.nextGaussian();
        }
        return weights;
    }

    static List<ModelConfig> variants() {
        List<ModelConfig> models = new ArrayList<>(Models.near(draft -> {}));
        models.addAll(Models.near(draft -> {
            draft.qkNorm = true;
            draft.positions = new Positions.Rotary(100);
        }));
        return models;
    }

    /** The plain attention that is looked at is the fused one that computes. */
    @ParameterizedTest
    @MethodSource("variants")
    void itSeesWhatABackendComputes(ModelConfig model) {
        float[] weights = weights(model);
        ParameterLayout layout = ParameterLayout.of(model);
        int layer = model.layers() - 1;
        String name = "block." + layer + ".attention";
        AttentionShape shape = AttentionShape.of(model, layer);
        int width = (int) shape.width();
        float[] projected = new float[2 * TIME * width];
        Random random = new Random(2);
        for (int i = 0; i < projected.length; i++) {
            projected[i] = (float) random.nextGaussian();
        }
        float[] mixed = new float[2 * TIME * (int) shape.mixedWidth()];
        try (Backend backend = open();
                Tensor values = backend.allocate(1, weights.length);
                Tensor in = backend.allocate(2 * TIME, width);
                Tensor out = backend.allocate(2 * TIME, shape.mixedWidth())) {
            backend.write(weights, values);
            backend.write(projected, in);
            var learned = new AttentionWeights(
                    part(layout, values, name + ".qkv.gain"),
                    part(layout, values, name + ".query-norm.gain"),
                    part(layout, values, name + ".key-norm.gain"),
                    part(layout, values, name + ".distance.bias"));
            try (CausalAttention attention = backend.attention(shape, learned, learned)) {
                attention.forward(in, TIME, out);
            }
            backend.read(out, mixed);
        }
        LayerAttention attention = new LayerAttention(model, new NamedWeights(model, weights), layer);
        for (HeadPlace place : attention.heads()) {
            for (int sequence = 0; sequence < 2; sequence++) {
                LayerAttention.Head head = attention.head(projected, sequence, TIME, place);
                double[][] own = head.mixed(head.probabilities());
                for (int t = 0; t < TIME; t++) {
                    for (int c = 0; c < place.headDim(); c++) {
                        int at = (sequence * TIME + t) * (int) shape.mixedWidth() + place.mixed() + c;
                        assertThat(own[t][c]).isEqualTo(mixed[at], within(1e-5));
                    }
                }
            }
        }
    }

    private static Optional<Tensor> part(ParameterLayout layout, Tensor values, String name) {
        return Optional.of(name)
                .filter(layout::has)
                .map(layout::slice)
                .map(slice -> values.slice(slice.offset(), slice.rows(), slice.columns()));
    }

    private static List<LayerSums> sums(ModelConfig model, float[] weights, int[]... rows) {
        int time = Arrays.stream(rows).mapToInt(row -> row.length).max().orElseThrow();
        int[] inputs = new int[rows.length * time];
        for (int r = 0; r < rows.length; r++) {
            System.arraycopy(rows[r], 0, inputs, r * time, rows[r].length);
        }
        try (Backend backend = open();
                Tensor values = backend.allocate(1, weights.length);
                Decoder decoder = new Decoder(model, backend, values, values)) {
            backend.write(weights, values);
            AttentionStatistics statistics = new AttentionStatistics(model, weights, backend);
            statistics.expect(List.of(rows));
            decoder.observe(statistics);
            decoder.logits(inputs, time);
            return statistics.sums();
        }
    }

    private static void set(ModelConfig model, float[] weights, String name, int row, int column, double value) {
        ParameterLayout.Slice slice = ParameterLayout.of(model).slice(name);
        weights[(int) (slice.offset() + row * slice.columns() + column)] = (float) value;
    }

    /** Without weights every query sees all tokens alike: 2, 3 and 4 of them, beside the first. */
    @Test
    void aHeadThatSeesAllTokensAlike() {
        ModelConfig model = Models.with(draft -> draft.norm = Norm.Type.RMS);
        float[] weights = new float[(int) ParameterLayout.of(model).size()];
        LayerSums head = sums(model, weights, new int[] {3, 4, 3, 3}).get(1);
        assertThat(head.mean(Statistic.ENTROPY, 0))
                .isEqualTo((Math.log(2) + Math.log(3) + Math.log(4)) / 3, within(1e-9));
        assertThat(head.mean(Statistic.DISTANCE, 0)).isEqualTo((0.5 + 1 + 1.5) / 3, within(1e-9));
        double mean = (1 / 2.0 + 1 / 3.0 + 1 / 4.0) / 3;
        assertThat(head.mean(Statistic.FIRST, 0)).isEqualTo(mean, within(1e-9));
        assertThat(head.mean(Statistic.PREVIOUS, 0)).isEqualTo(mean, within(1e-9));
        assertThat(head.mean(Statistic.JACOBIAN, 1)).isEqualTo(mean, within(1e-9));
        assertThat(head.mean(Statistic.LOGIT_NORM, 0)).isEqualTo(0, within(1e-9));
        // Tokens 2 and 3 are repeated. 2 has seen itself at 0, and 4 behind it; 3 at 0 and 2, with 4 and itself behind.
        assertThat(head.mean(Statistic.SAME, 0)).isEqualTo((1 / 3.0 + 2 / 4.0) / 2, within(1e-9));
        assertThat(head.mean(Statistic.INDUCTION, 0)).isEqualTo((1 / 3.0 + 2 / 4.0) / 2, within(1e-9));
        assertThat(head.similarity()[0][1]).isEqualTo(1, within(1e-9));
    }

    @Test
    void shorterRowsCountAsFarAsTheyGo() {
        ModelConfig model = Models.gpt();
        float[] weights = weights(model);
        LayerSums apart = sums(model, weights, new int[] {1, 2, 3, 4, 5}).get(0);
        apart.add(sums(model, weights, new int[] {6, 7, 8}).get(0));
        LayerSums together = sums(model, weights, new int[] {1, 2, 3, 4, 5}, new int[] {6, 7, 8})
                .get(0);
        for (Statistic statistic : Statistic.values()) {
            assertThat(together.mean(statistic, 1)).isEqualTo(apart.mean(statistic, 1), within(1e-9));
        }
        assertThat(together.similarity()[0][1]).isEqualTo(apart.similarity()[0][1], within(1e-9));
    }

    private static final int TOKENS = 11;

    private static final ModelConfig INDUCTION = Models.with(draft -> {
        draft.width = 2 * TOKENS;
        draft.embeddingWidth = 2 * TOKENS;
        draft.attention = AttentionConfig.uniform(1, TOKENS);
        draft.positions = new Positions.Relative(3);
        draft.norm = Norm.Type.RMS;
        draft.bias = false;
        draft.context = 12;
    });

    /**
     * A first layer that tells each token its predecessor, by what it has learned of distances, and a second one that
     * looks for its own token among predecessors.
     */
    private static float[] induction() {
        ModelConfig model = INDUCTION;
        float[] weights = new float[(int) ParameterLayout.of(model).size()];
        for (int c = 0; c < 2 * TOKENS; c++) {
            for (int layer = 0; layer < 2; layer++) {
                set(model, weights, "block." + layer + ".attention.norm.gain", 0, c, 1);
            }
        }
        set(model, weights, "block.0.attention.distance.bias", 0, 1, 50);
        for (int token = 0; token < TOKENS; token++) {
            set(model, weights, "embedding.token", token, token, 1);
            set(model, weights, "block.0.attention.qkv.weight", 2 * TOKENS + token, token, 1);
            set(model, weights, "block.0.attention.out.weight", TOKENS + token, token, 1);
            set(model, weights, "block.1.attention.qkv.weight", token, token, 20);
            set(model, weights, "block.1.attention.qkv.weight", TOKENS + token, TOKENS + token, 20);
        }
        return weights;
    }

    @Test
    void aPreviousTokenHeadAndAnInductionHeadAreFound() {
        List<LayerSums> layers = sums(INDUCTION, induction(), new int[] {9, 1, 2, 3, 1, 2, 3, 4, 1});
        assertThat(layers.get(0).mean(Statistic.PREVIOUS, 0)).isEqualTo(1, within(1e-6));
        assertThat(layers.get(0).mean(Statistic.DISTANCE, 0)).isEqualTo(1, within(1e-6));
        assertThat(layers.get(0).mean(Statistic.INDUCTION, 0)).isLessThan(0.01);
        assertThat(layers.get(1).mean(Statistic.INDUCTION, 0)).isEqualTo(1, within(1e-6));
        assertThat(layers.get(1).mean(Statistic.SAME, 0)).isLessThan(0.01);
    }

    @Test
    void onRepeatedTokensAnInductionHeadFindsWhatCameNext() {
        List<int[]> rows = RepeatedTokens.rows(TOKENS, INDUCTION.context());
        int[][] inputs =
                rows.stream().map(row -> Arrays.copyOf(row, row.length - 1)).toArray(int[][]::new);

        List<LayerSums> layers = sums(INDUCTION, induction(), inputs);
        assertThat(layers.get(0).mean(Statistic.INDUCTION, 0)).isLessThan(0.01);
        // A row's first token has none before it and takes itself for that, so its copy sees two where one is right.
        assertThat(layers.get(1).mean(Statistic.INDUCTION, 0)).isEqualTo((0.5 + 5) / 6, within(1e-6));

        // Without weights a query sees all of 7 to 12 tokens alike, one of which is the one behind its copy.
        double alike = 0;
        for (int seen = 7; seen <= 12; seen++) {
            alike += 1.0 / seen / 6;
        }
        float[] none = new float[(int) ParameterLayout.of(INDUCTION).size()];
        assertThat(sums(INDUCTION, none, inputs).get(1).mean(Statistic.INDUCTION, 0))
                .isEqualTo(alike, within(1e-9));
    }

    @Test
    void repeatedRowsHaveTwoEqualHalvesOfDifferentTokens() {
        List<int[]> rows = RepeatedTokens.rows(257, 1000);
        assertThat(rows).hasSize(16).doesNotHaveDuplicates().allSatisfy(row -> {
            assertThat(row).hasSize(2 * 64 + 1);
            assertThat(Arrays.copyOfRange(row, 64, 128)).isEqualTo(Arrays.copyOf(row, 64));
            assertThat(Arrays.copyOf(row, 64)).doesNotHaveDuplicates();
        });
        assertThat(RepeatedTokens.rows(257, 1000).get(3)).isEqualTo(rows.get(3));
        assertThat(RepeatedTokens.rows(257, 1)).isEmpty();
    }

    @Test
    void aHeadThatCopiesRaisesWhatItAttendsTo() {
        for (int sign : new int[] {1, -1}) {
            ModelConfig model = Models.with(draft -> draft.bias = false);
            float[] weights = weights(model);
            for (int row = 0; row < 8; row++) {
                for (int column = 0; column < 8; column++) {
                    double one = row == column ? 1 : 0;
                    set(model, weights, "block.0.attention.qkv.weight", 16 + row, column, one);
                    set(model, weights, "block.0.attention.out.weight", row, column, sign * one);
                }
            }
            List<HeadMatrices.Finding> heads = new HeadMatrices(model, weights).layer(0);
            assertThat(heads).hasSize(2).allSatisfy(head -> {
                assertThat(head.copying()).isEqualTo(sign, within(1e-9));
                // Four of eight coordinates go through each head, all of one size.
                assertThat(head.rankOv()).isEqualTo(4, within(1e-6));
                assertThat(head.rankQk()).isBetween(1.0, 4.0);
            });
        }
    }

    @Test
    void whatALossRisesByIsWhatItIsWithoutTheHead() {
        ModelConfig model = Models.gpt();
        float[] weights = weights(model);
        int[] inputs = {1, 4, 4, 10, 0};
        int[] targets = {4, 4, 10, 0, 7};
        float[] cut = weights.clone();
        for (int row = 0; row < 8; row++) {
            for (int column = 4; column < 8; column++) {
                set(model, cut, "block.1.attention.out.weight", row, column, 0);
            }
        }
        try (Backend backend = open();
                Tensor values = backend.allocate(1, weights.length);
                Decoder decoder = new Decoder(model, backend, values, values)) {
            backend.write(cut, values);
            double without = decoder.totalLoss(inputs, targets, TIME);
            backend.write(weights, values);
            double whole = decoder.totalLoss(inputs, targets, TIME);
            List<LayerSums> sums = List.of(new LayerSums(2), new LayerSums(2));
            new HeadCut(model, backend, values, weights)
                    .measure(() -> decoder.totalLoss(inputs, targets, TIME), whole, 5, sums);
            assertThat(sums.get(1).mean(Statistic.IMPORTANCE, 1)).isEqualTo((without - whole) / 5, within(1e-9));
            assertThat(decoder.totalLoss(inputs, targets, TIME)).isEqualTo(whole);
        }
    }

    @Test
    void vectorsOfTokensAreWhatTheirTablesMakeOfThem() {
        ModelConfig parts = Models.with(draft -> draft.embedding = new Sharing.Embedding.Partial(3));
        float[] weights = weights(parts);
        NamedWeights names = new NamedWeights(parts, weights);
        double[] row = new TokenVectors(parts, weights).output(4);
        double[][] common = names.matrix("embedding.common");
        double[][] own = names.matrix("head.own");
        for (int c = 0; c < 8; c++) {
            assertThat(row[c]).isEqualTo(c < 3 ? common[4][c] : own[4][c - 3]);
        }
        ModelConfig factors = Models.with(draft -> draft.embeddingWidth = 3);
        weights = weights(factors);
        names = new NamedWeights(factors, weights);
        double[][] table = names.matrix("embedding.token");
        double[][] factor = names.matrix("embedding.token.factor");
        row = new TokenVectors(factors, weights).input(4);
        for (int c = 0; c < 8; c++) {
            double sum = 0;
            for (int k = 0; k < 3; k++) {
                sum += table[4][k] * factor[c][k];
            }
            assertThat(row[c]).isEqualTo(sum, within(1e-9));
        }
    }

    @Test
    void driftIsWhereAVectorTurnedAndHowItGrew() {
        ModelConfig model = Models.gpt();
        float[] start = ParameterLayout.of(model).initialize(3);
        float[] now = start.clone();
        for (int c = 0; c < 8; c++) {
            int at = (int) ParameterLayout.of(model).slice("embedding.token").offset() + 5 * 8 + c;
            now[at] = -2 * start[at];
        }
        EmbeddingDrift drift = EmbeddingDrift.of(model, start, now);
        assertThat(drift.farthest().get(0).id()).isEqualTo(5);
        assertThat(drift.farthest().get(0).cosineToStart()).isEqualTo(-1, within(1e-9));
        assertThat(drift.farthest().get(0).normToStart()).isEqualTo(2, within(1e-6));
        assertThat(drift.cosineToStart().median()).isEqualTo(1, within(1e-9));
        assertThat(drift.cosineToStart().mean()).isEqualTo(1 - 2.0 / 11, within(1e-9));
        assertThat(drift.normToStart().high()).isEqualTo(2, within(1e-6));
        assertThat(drift.cosineToOutput().low()).isEqualTo(1, within(1e-9));
    }
}
