package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import apportion.model.compute.Backend;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.count.ModelCount;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DecoderTest {

    /** Two sequences of four tokens; one target is absent. */
    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};

    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, Tokens.NONE};
    private static final int TIME = 4;

    static List<ModelConfig> models() {
        return Models.all();
    }

    /**
     * Central differences with this step along a direction of some 1000 ones leave an error near 1e-8 from rounding,
     * and below 1e-7 from the curvature, which is largest where a head of one number is normalised.
     */
    private static final double STEP = 2e-7;

    private static final double GRADIENT_TOLERANCE = 1e-6;

    /**
     * Along a random direction that moves every number of every weight, so that an error in any of them shows. Only if
     * it does is each weight moved alone, for the message: that takes thirty times as long.
     */
    @ParameterizedTest
    @MethodSource("models")
    void gradientsAgreeWithDifferencesInDouble(ModelConfig model) {
        try (var fixture = new Fixture(model, Precision.DOUBLE)) {
            fixture.trainingLoss();
            Tensor gradients = fixture.backend.allocate(1, fixture.layout.size());
            fixture.backend.copy(fixture.gradients, gradients);
            if (fixture.slopeError(gradients, 0, fixture.layout.size()) > GRADIENT_TOLERANCE) {
                for (ParameterLayout.Slice slice : fixture.layout.slices()) {
                    assertThat(fixture.slopeError(gradients, slice.offset(), slice.size()))
                            .as(slice.name())
                            .isLessThan(GRADIENT_TOLERANCE);
                }
                fail("the weights' gradients agree one by one, but not together: " + model);
            }
            gradients.close();
        }
    }

    @Test
    void theDifferencesNoticeOneWrongGradient() {
        try (var fixture = new Fixture(Models.gpt(), Precision.DOUBLE)) {
            fixture.trainingLoss();
            Tensor gradients = fixture.backend.allocate(1, fixture.layout.size());
            fixture.backend.copy(fixture.gradients, gradients);
            ParameterLayout.Slice gain = fixture.layout.slice("block.1.attention.norm.gain");
            fixture.backend.scale(gradients.slice(gain.offset() + 3, 1, 1), 1.001);

            assertThat(fixture.slopeError(gradients, 0, fixture.layout.size())).isGreaterThan(GRADIENT_TOLERANCE);
            gradients.close();
        }
    }

    @Test
    void tiedEmbeddingsGetTheGradientsOfBothUses() {
        ModelConfig tied = Models.gpt();
        ModelConfig untied = Models.with(draft -> draft.embedding = Sharing.Embedding.NONE);
        try (var one = new Fixture(tied, Precision.FLOAT);
                var two = new Fixture(untied, Precision.FLOAT)) {
            ParameterLayout.Slice table = two.layout.slice("embedding.token");
            ParameterLayout.Slice head = two.layout.slice("head.weight");
            two.backend.copy(
                    two.values.slice(table.offset(), 1, table.size()), two.values.slice(head.offset(), 1, head.size()));
            one.trainingLoss();
            two.trainingLoss();
            float[] tiedGradient = slice(one.gradients(), one.layout.slice("embedding.token"));
            float[] input = slice(two.gradients(), table);
            float[] output = slice(two.gradients(), head);
            for (int i = 0; i < tiedGradient.length; i++) {
                assertThat(tiedGradient[i]).isCloseTo(input[i] + output[i], within(1e-5f));
            }
        }
    }

    private static float[] slice(float[] all, ParameterLayout.Slice slice) {
        return Arrays.copyOfRange(all, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    @Test
    void accumulatedBatchesEqualOneLargeBatch() {
        try (var whole = new Fixture(Models.llama(), Precision.FLOAT);
                var parts = new Fixture(Models.llama(), Precision.FLOAT)) {
            double together = whole.decoder.accumulate(INPUTS, TARGETS, TIME, 1.0 / 7, 1);
            double apart = 0;
            for (int from = 0; from < INPUTS.length; from += TIME) {
                int[] inputs = Arrays.copyOfRange(INPUTS, from, from + TIME);
                int[] targets = Arrays.copyOfRange(TARGETS, from, from + TIME);
                apart += parts.decoder.accumulate(inputs, targets, TIME, 1.0 / 7, 1);
            }
            assertThat(apart).isCloseTo(together, within(1e-5));
            assertThat(parts.gradients()).containsExactly(whole.gradients(), within(1e-6f));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void countedParametersEqualTheLayouts(ModelConfig model) {
        assertThat(ModelCount.of(model).parameters())
                .isEqualTo(ParameterLayout.of(model).size());
    }

    /**
     * What the passes keep for each layer is counted: the rest, which layers share, does not grow with their number.
     */
    @ParameterizedTest
    @MethodSource("models")
    void countedActivationsEqualTheMemoryThatALayerAdds(ModelConfig model) {
        // A mixture's rows depend on what is chosen; ModelCountTest counts them by hand.
        assumeThat(model.block().feedForward().experts().dense()).isTrue();
        ModelConfig deeper = Models.oneLayerMore(model);
        long counted =
                ModelCount.of(deeper).activationBytes() - ModelCount.of(model).activationBytes();
        long sequences = INPUTS.length / TIME;
        assertThat((allocated(deeper) - allocated(model)) * Float.BYTES * model.context())
                .isEqualTo(counted * sequences * TIME);
    }

    /** Numbers in the tensors that a decoder holds after a training pass. */
    private static long allocated(ModelConfig model) {
        ParameterLayout layout = ParameterLayout.of(model);
        try (var nd4j = new Nd4jBackend(Precision.FLOAT)) {
            Tally tally = new Tally(nd4j);
            Backend backend = tally.counting();
            Tensor values = backend.allocate(1, layout.size());
            Tensor gradients = backend.allocate(1, layout.size());
            long before = tally.open();
            try (var decoder = new Decoder(model, backend, values, gradients)) {
                decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
                return tally.open() - before;
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void changingALaterTokenLeavesEarlierOutputsUnchanged(ModelConfig model) {
        try (var fixture = new Fixture(model, Precision.FLOAT)) {
            int vocabulary = model.vocabulary();
            float[] before = fixture.decoder.logits(INPUTS, TIME);
            int[] changed = INPUTS.clone();
            changed[2] = 9;
            float[] after = fixture.decoder.logits(changed, TIME);

            assertThat(Arrays.copyOf(after, 2 * vocabulary))
                    .as("earlier tokens of %s", model)
                    .isEqualTo(Arrays.copyOf(before, 2 * vocabulary));
            // An expert's rows change their places with the choices of the sequences before: only rounding may follow.
            float rounding = model.block().feedForward().experts().dense() ? 0 : 1e-5f;
            assertThat(Arrays.copyOfRange(after, 4 * vocabulary, 8 * vocabulary))
                    .as("the other sequence of %s", model)
                    .containsExactly(Arrays.copyOfRange(before, 4 * vocabulary, 8 * vocabulary), within(rounding));
            assertThat(Arrays.copyOfRange(after, 3 * vocabulary, 4 * vocabulary))
                    .as("a later token of %s", model)
                    .isNotEqualTo(Arrays.copyOfRange(before, 3 * vocabulary, 4 * vocabulary));
        }
    }

    @Test
    void equalGroupsEqualOneGroup() {
        ModelConfig one = Models.gpt();
        ModelConfig two = one.withAttention(new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(1, 4))));
        try (var a = new Fixture(one, Precision.FLOAT);
                var b = new Fixture(two, Precision.FLOAT)) {
            assertThat(b.decoder.logits(INPUTS, TIME)).containsExactly(a.decoder.logits(INPUTS, TIME), within(1e-6f));
        }
    }

    @Test
    void lossIsTheLogOfTheTargetsProbability() {
        try (var fixture = new Fixture(Models.llama(), Precision.FLOAT)) {
            float[] logits = fixture.decoder.logits(INPUTS, TIME);
            float[] losses = fixture.decoder.losses(INPUTS, TARGETS, TIME);
            int vocabulary = fixture.decoder.model().vocabulary();
            for (int r = 0; r < INPUTS.length; r++) {
                double sum = 0;
                for (int v = 0; v < vocabulary; v++) {
                    sum += Math.exp(logits[r * vocabulary + v]);
                }
                double expected = TARGETS[r] == Tokens.NONE ? 0 : Math.log(sum) - logits[r * vocabulary + TARGETS[r]];
                assertThat((double) losses[r]).isCloseTo(expected, within(1e-5));
            }
        }
    }

    @Test
    void unlikelyTargetsHaveAFiniteLoss() {
        try (var fixture = new Fixture(Models.gpt(), Precision.FLOAT)) {
            fixture.backend.scale(fixture.values, 400);
            float[] losses = fixture.decoder.losses(INPUTS, TARGETS, TIME);
            for (float loss : losses) {
                assertThat(loss).isFinite();
            }
            assertThat(Arrays.stream(new double[] {losses[0], losses[1], losses[2]})
                            .max()
                            .orElseThrow())
                    .isGreaterThan(100);
        }
    }

    @Test
    void dropoutIsDecidedByItsSeed() {
        ModelConfig model = Models.dropping();
        try (var fixture = new Fixture(model, Precision.FLOAT)) {
            double one = fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            double two = fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 2);
            assertThat(fixture.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1)).isEqualTo(one);
            assertThat(two).isNotEqualTo(one);
        }
    }

    @Test
    void theSameCallsGiveTheSameBits() {
        try (var a = new Fixture(Models.gpt(), Precision.FLOAT);
                var b = new Fixture(Models.gpt(), Precision.FLOAT)) {
            // A larger batch first, so that buffers have grown and hold other numbers.
            b.decoder.losses(new int[20], new int[20], 5);
            a.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            b.decoder.accumulate(INPUTS, TARGETS, TIME, 1, 1);
            assertThat(b.gradients()).isEqualTo(a.gradients());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void onlyLearnedPositionsEndAtTheContext(ModelConfig model) {
        int[] six = {1, 2, 3, 4, 5, 6};
        assertThat(model.positions().extend()).isNotEqualTo(model.positions() instanceof Positions.Learned);
        if (model.positions().extend()) {
            try (var fixture = new Fixture(model, Precision.FLOAT)) {
                float[] five = fixture.decoder.nextLogits(Arrays.copyOf(six, 5));
                float[] logits = fixture.decoder.logits(six, 6);
                assertThat(Arrays.copyOfRange(logits, 4 * 11, 5 * 11)).containsExactly(five, within(1e-5f));
            }
        }
    }

    @Test
    void learnedPositionsRefuseLongerSequences() {
        int[] six = {1, 2, 3, 4, 5, 6};
        try (var learned = new Fixture(Models.gpt(), Precision.FLOAT)) {
            assertThatThrownBy(() -> learned.decoder.nextLogits(six))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("context of 5 tokens, got a sequence of 6");
        }
    }

    @Test
    void aTokenOutsideTheVocabularyIsRefused() {
        try (var fixture = new Fixture(Models.gpt(), Precision.FLOAT)) {
            assertThatThrownBy(() -> fixture.decoder.nextLogits(new int[] {3, 11}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("below the vocabulary of 11, got 11");
            assertThatThrownBy(() -> fixture.decoder.nextLogits(new int[] {-1}))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    /** A model with its initial weights. */
    static final class Fixture implements AutoCloseable {

        final Nd4jBackend backend;
        final ParameterLayout layout;
        final Tensor values;
        final Tensor gradients;
        final Decoder decoder;

        Fixture(ModelConfig model, Precision precision) {
            backend = new Nd4jBackend(precision);
            layout = ParameterLayout.of(model);
            values = backend.allocate(1, layout.size());
            gradients = backend.allocate(1, layout.size());
            backend.write(weights(), values);
            decoder = new Decoder(model, backend, values, gradients);
        }

        /** As after some training: what begins at 0 or 1 has moved, or it could hide a wrong gradient. */
        private float[] weights() {
            float[] weights = layout.initialize(7);
            for (ParameterLayout.Slice slice : layout.slices()) {
                Random random = new Random(slice.name().hashCode());
                for (int i = 0; i < slice.size(); i++) {
                    weights[(int) slice.offset() + i] += (float) (0.1 * random.nextGaussian());
                }
            }
            return weights;
        }

        /** What half of is minimised in a training pass: the sum of the losses, and seven balance losses. */
        double trainingLoss() {
            return decoder.accumulate(INPUTS, TARGETS, TIME, 0.5, 3) + 7 * decoder.balanceLoss();
        }

        float[] gradients() {
            return read(gradients);
        }

        float[] values() {
            return read(values);
        }

        private float[] read(Tensor tensor) {
            float[] out = new float[(int) layout.size()];
            backend.read(tensor, out);
            return out;
        }

        /** How far the slope along a random direction is from the difference quotient, relative to it or to 1. */
        double slopeError(Tensor gradients, long from, long count) {
            Random random = new Random(from);
            float[] signs = new float[(int) layout.size()];
            for (int i = (int) from; i < from + count; i++) {
                signs[i] = random.nextBoolean() ? 1 : -1;
            }
            try (Tensor direction = backend.allocate(1, layout.size())) {
                backend.write(signs, direction);
                double expected = 0.5 * (lossMoved(direction, STEP) - lossMoved(direction, -STEP)) / (2 * STEP);
                return Math.abs(dot(gradients, direction) - expected) / Math.max(1, Math.abs(expected));
            }
        }

        /** The training loss with the weights moved; dropout is as in the training pass. */
        double lossMoved(Tensor direction, double distance) {
            Tensor before = backend.allocate(1, layout.size());
            Tensor move = backend.allocate(1, layout.size());
            backend.copy(values, before);
            backend.copy(direction, move);
            backend.scale(move, distance);
            backend.add(move, values);
            double loss = trainingLoss();
            backend.copy(before, values);
            before.close();
            move.close();
            return loss;
        }

        double dot(Tensor a, Tensor b) {
            try (Tensor out = backend.allocate(1, 1)) {
                backend.linear(a, b, Optional.empty(), out);
                return backend.sum(out);
            }
        }

        @Override
        public void close() {
            decoder.close();
            values.close();
            gradients.close();
            backend.close();
        }
    }
}
