package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tokens;
import apportion.model.config.Activation;
import apportion.model.config.ModelConfig;
import apportion.model.config.Sharing;
import apportion.model.config.Sharing.Embedding;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.DecoderTest.Fixture;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models that share weights, against models without sharing that hold the same numbers. */
class SharingTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, Tokens.NONE};
    private static final int TIME = 4;
    private static final int VOCABULARY = 11;
    private static final int WIDTH = 8;
    /** What rounding in double, and storing weights as floats, leaves of a difference. */
    private static final double TOLERANCE = 1e-6;

    private static Fixture fixture(ModelConfig model) {
        return new Fixture(model, Precision.DOUBLE);
    }

    private static ModelConfig embedding(Embedding embedding) {
        return Models.with(draft -> draft.embedding = embedding);
    }

    private static float[] part(float[] all, Slice slice) {
        return Arrays.copyOfRange(all, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    private static double loss(Fixture fixture) {
        return fixture.decoder.totalLoss(INPUTS, TARGETS, TIME);
    }

    /** Gives a model weights by name, and leaves those alone that are not among its names. */
    private static void write(Fixture to, String name, float[] numbers) {
        float[] values = to.values();
        Slice slice = to.layout.slice(name);
        assertThat(numbers).hasSize((int) slice.size());
        System.arraycopy(numbers, 0, values, (int) slice.offset(), numbers.length);
        to.backend.write(values, to.values);
    }

    private static float[] read(Fixture from, String name) {
        return part(from.values(), from.layout.slice(name));
    }

    @ParameterizedTest
    @EnumSource(Sharing.Layers.class)
    void layersThatShareGetTheSumOfTheGradientsOfTheirUses(Sharing.Layers layers) {
        ModelConfig shared = Models.with(draft -> {
            draft.layers = layers;
            draft.activation = Activation.SWIGLU;
        });
        try (var one = fixture(shared);
                var many = fixture(Models.with(draft -> draft.activation = Activation.SWIGLU))) {
            for (Slice slice : many.layout.slices()) {
                write(many, slice.name(), read(one, slice.name()));
            }
            assertThat(loss(one)).isEqualTo(loss(many));

            one.trainingLoss();
            many.trainingLoss();
            float[] expected = new float[(int) one.layout.size()];
            float[] gradients = many.gradients();
            for (Slice slice : many.layout.slices()) {
                int to = (int) one.layout.slice(slice.name()).offset();
                for (float gradient : part(gradients, slice)) {
                    expected[to++] += gradient;
                }
            }
            assertThat(one.gradients()).containsExactly(expected, within(1e-5f));
        }
    }

    @Test
    void layersThatShareHaveOneLayersWeightsAndStartAsTheirFirst() {
        ParameterLayout plain = ParameterLayout.of(Models.gpt());
        ParameterLayout attention = ParameterLayout.of(Models.with(draft -> draft.layers = Sharing.Layers.ATTENTION));
        assertThat(attention.slice("block.1.attention.norm.gain"))
                .isEqualTo(attention.slice("block.0.attention.norm.gain"));
        assertThat(attention.slice("block.1.feed-forward.in.weight"))
                .isNotEqualTo(attention.slice("block.0.feed-forward.in.weight"));
        String name = "block.1.attention.out.weight";
        assertThat(part(attention.initialize(3), attention.slice(name)))
                .isEqualTo(part(plain.initialize(3), plain.slice("block.0.attention.out.weight")));
    }

    @Test
    void noSharedColumnsAreTwoMatricesAndAllSharedColumnsAreOne() {
        try (var none = fixture(embedding(Embedding.NONE));
                var zero = fixture(embedding(new Embedding.Partial(0)));
                var full = fixture(embedding(Embedding.FULL));
                var all = fixture(embedding(new Embedding.Partial(WIDTH)))) {
            write(zero, "embedding.own", read(none, "embedding.token"));
            write(zero, "head.own", read(none, "head.weight"));
            write(all, "embedding.common", read(full, "embedding.token"));

            assertThat(loss(zero)).isCloseTo(loss(none), within(TOLERANCE));
            assertThat(loss(all)).isCloseTo(loss(full), within(TOLERANCE));
            assertThat(zero.layout.size()).isEqualTo(none.layout.size());
            assertThat(all.layout.size()).isEqualTo(full.layout.size());
            assertThat(loss(none)).isNotCloseTo(loss(full), within(0.01));
        }
    }

    @Test
    void someSharedColumnsAreColumnsOfBothMatrices() {
        int columns = 3;
        try (var partial = fixture(embedding(new Embedding.Partial(columns)));
                var none = fixture(embedding(Embedding.NONE))) {
            float[] common = read(partial, "embedding.common");
            write(none, "embedding.token", sideBySide(common, read(partial, "embedding.own")));
            write(none, "head.weight", sideBySide(common, read(partial, "head.own")));

            assertThat(loss(partial)).isCloseTo(loss(none), within(TOLERANCE));
            assertThat(partial.layout.size()).isEqualTo(none.layout.size() - (long) VOCABULARY * columns);
        }
    }

    private static float[] sideBySide(float[] left, float[] right) {
        int a = left.length / VOCABULARY;
        int b = right.length / VOCABULARY;
        float[] out = new float[left.length + right.length];
        for (int v = 0; v < VOCABULARY; v++) {
            System.arraycopy(left, v * a, out, v * (a + b), a);
            System.arraycopy(right, v * b, out, v * (a + b) + a, b);
        }
        return out;
    }

    @Test
    void aCommonSubspaceOfFullRankSeenAlikeIsOneMatrix() {
        try (var full = fixture(embedding(Embedding.FULL));
                var common = fixture(embedding(new Embedding.Differentiated(WIDTH, 0)))) {
            float[] identity = new float[WIDTH * WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                identity[i * WIDTH + i] = 1;
            }
            write(common, "embedding.common", read(full, "embedding.token"));
            write(common, "embedding.common.factor", identity);
            write(common, "head.common.factor", identity);

            assertThat(loss(common)).isCloseTo(loss(full), within(TOLERANCE));
        }
    }

    @Test
    void commonAndOwnPartsAddUp() {
        try (var parts = fixture(embedding(new Embedding.Differentiated(4, 2)));
                var none = fixture(embedding(Embedding.NONE))) {
            for (String side : List.of("embedding", "head")) {
                float[] common = product(read(parts, "embedding.common"), read(parts, side + ".common.factor"), 4);
                float[] own = product(read(parts, side + ".own"), read(parts, side + ".own.factor"), 2);
                for (int i = 0; i < common.length; i++) {
                    common[i] += own[i];
                }
                write(none, side.equals("head") ? "head.weight" : "embedding.token", common);
            }
            assertThat(loss(parts)).isCloseTo(loss(none), within(1e-5));
            assertThat(parts.layout.size() - none.layout.size())
                    .isEqualTo(11 * 4 + 2 * 4 * 8 + 2 * (11 * 2 + 2 * 8) - 2 * 11 * 8);
        }
    }

    /** {@code T U^T} for {@code T [V, rank]} and {@code U [C, rank]}. */
    private static float[] product(float[] table, float[] factor, int rank) {
        float[] out = new float[VOCABULARY * WIDTH];
        for (int v = 0; v < VOCABULARY; v++) {
            for (int c = 0; c < WIDTH; c++) {
                double sum = 0;
                for (int r = 0; r < rank; r++) {
                    sum += (double) table[v * rank + r] * factor[c * rank + r];
                }
                out[v * WIDTH + c] = (float) sum;
            }
        }
        return out;
    }

    @Test
    void aNarrowTableWithItsFactorIsTheirProduct() {
        for (Embedding sharing : List.of(Embedding.FULL, Embedding.NONE)) {
            ModelConfig narrow = Models.with(draft -> {
                draft.embedding = sharing;
                draft.embeddingWidth = 3;
            });
            try (var factored = fixture(narrow);
                    var whole = fixture(embedding(sharing))) {
                for (String table : List.of("embedding.token", "head.weight")) {
                    write(whole, table, product(read(factored, table), read(factored, table + ".factor"), 3));
                }
                assertThat(loss(factored)).isCloseTo(loss(whole), within(1e-5));
                assertThat(part(factored.layout.initialize(1), factored.layout.slice("embedding.token.factor")))
                        .isNotEmpty();
            }
        }
    }

    @Test
    void anOutputBiasIsAddedToItsLogit() {
        try (var with = fixture(Models.with(draft -> draft.outputBias = true));
                var without = fixture(Models.gpt())) {
            float[] bias = read(with, "head.bias");
            float[] plain = without.decoder.logits(INPUTS, TIME);
            float[] expected = new float[plain.length];
            for (int i = 0; i < plain.length; i++) {
                expected[i] = plain[i] + bias[i % VOCABULARY];
            }
            assertThat(with.decoder.logits(INPUTS, TIME)).containsExactly(expected, within(1e-5f));
            assertThat(with.layout.size()).isEqualTo(without.layout.size() + VOCABULARY);
        }
    }

    /** Losses before each of some steps of training, and after the last. */
    private static List<Double> train(Fixture fixture, int steps) {
        List<Double> losses = new ArrayList<>();
        fixture.backend.write(fixture.layout.initialize(7), fixture.values);
        try (var optimizer = new Optimizer(
                fixture.backend,
                new AdamWConfig(0.01, 0.9, 0.99, 1e-8, 0.1),
                new Schedule.Constant(0),
                steps,
                0.5,
                fixture.layout.weights(),
                fixture.values,
                fixture.gradients)) {
            for (int step = 1; step <= steps; step++) {
                fixture.backend.clear(fixture.gradients);
                losses.add(fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1.0 / 7, 1));
                optimizer.step(step);
            }
        }
        losses.add(loss(fixture));
        return losses;
    }

    @Test
    void tiedUntilAStepIsFullSharingUpToThereAndTwoMatricesAfter() {
        ModelConfig until = Models.with(draft -> {
            draft.embedding = new Embedding.TiedUntil(4);
            draft.embeddingWidth = 3;
        });
        ModelConfig tied = Models.with(draft -> {
            draft.embedding = Embedding.FULL;
            draft.embeddingWidth = 3;
        });
        try (var annealed = fixture(until);
                var full = fixture(tied)) {
            List<Double> losses = train(annealed, 8);
            List<Double> expected = train(full, 8);

            // The loss before step 5 is measured after step 4, the last that is tied.
            for (int step = 0; step < 5; step++) {
                assertThat(losses.get(step)).isCloseTo(expected.get(step), within(1e-9));
            }
            assertThat(losses.get(6)).isNotCloseTo(expected.get(6), within(1e-3));
            train(annealed, 4);
            assertThat(read(annealed, "head.weight")).isEqualTo(read(annealed, "embedding.token"));
            assertThat(read(annealed, "head.weight.factor")).isEqualTo(read(annealed, "embedding.token.factor"));
            train(annealed, 5);
            assertThat(read(annealed, "head.weight")).isNotEqualTo(read(annealed, "embedding.token"));
        }
    }

    @Test
    void untiedUntilAStepIsNoSharingUpToThereAndThenBothMeetInEqualParts() {
        try (var annealed = fixture(embedding(new Embedding.UntiedUntil(3, 4)));
                var none = fixture(embedding(Embedding.NONE))) {
            List<Double> losses = train(annealed, 9);
            List<Double> expected = train(none, 9);

            assertThat(losses.subList(0, 4)).isEqualTo(expected.subList(0, 4));
            double before = distance(annealed, 3);
            // A quarter of the distance goes in each of four steps; what the steps learn moves it by less.
            assertThat(distance(annealed, 4)).isBetween(0.6 * before, 0.9 * before);
            assertThat(distance(annealed, 6)).isBetween(0.1 * before, 0.4 * before);
            assertThat(distance(annealed, 7)).isZero();
            assertThat(distance(annealed, 9)).isZero();
        }
    }

    private static double distance(Fixture fixture, int steps) {
        train(fixture, steps);
        float[] input = read(fixture, "embedding.token");
        float[] output = read(fixture, "head.weight");
        double squares = 0;
        for (int i = 0; i < input.length; i++) {
            squares += Math.pow(input[i] - output[i], 2);
        }
        return Math.sqrt(squares);
    }

    @Test
    void whenBothHaveMetTheyGoOnAsOneMatrixWithTheSumOfTheMoments() {
        // A gradient that stays the same makes the first moment of the sum the sum of the first moments.
        try (var annealed = fixture(embedding(new Embedding.UntiedUntil(2, 1)))) {
            Random random = new Random(1);
            float[] gradient = new float[(int) annealed.layout.size()];
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = (float) random.nextGaussian();
            }
            var adamW = new AdamWConfig(0.01, 0.9, 0.99, 1e-8, 0);
            try (var optimizer = new Optimizer(
                    annealed.backend,
                    adamW,
                    new Schedule.Constant(0),
                    5,
                    1e9,
                    annealed.layout.weights(),
                    annealed.values,
                    annealed.gradients)) {
                for (int step = 1; step <= 5; step++) {
                    annealed.backend.write(gradient, annealed.gradients);
                    optimizer.step(step);
                }
                float[] moment = new float[gradient.length];
                annealed.backend.read(optimizer.firstMoment(), moment);
                Slice input = annealed.layout.slice("embedding.token");
                Slice output = annealed.layout.slice("head.weight");
                for (int i = 0; i < input.size(); i++) {
                    double sum = gradient[(int) input.offset() + i] + gradient[(int) output.offset() + i];
                    assertThat((double) moment[(int) input.offset() + i])
                            .isCloseTo(sum * (1 - Math.pow(0.9, 5)), within(1e-6));
                    assertThat(moment[(int) output.offset() + i]).isEqualTo(moment[(int) input.offset() + i]);
                }
            }
        }
    }
}
