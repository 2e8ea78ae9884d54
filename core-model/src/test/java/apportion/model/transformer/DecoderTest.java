package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
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

    /** Central differences with this step leave an error near 1e-9 for losses near 1. */
    private static final double STEP = 1e-5;

    private static final double GRADIENT_TOLERANCE = 1e-6;

    /** For each weight, along a random direction that moves every one of its numbers. */
    @ParameterizedTest
    @MethodSource("models")
    void gradientsAgreeWithDifferencesInDouble(ModelConfig model) {
        try (var fixture = new Fixture(model, Precision.DOUBLE)) {
            fixture.trainingLoss();
            Tensor gradients = fixture.backend.allocate(1, fixture.layout.size());
            fixture.backend.copy(fixture.gradients, gradients);
            for (ParameterLayout.Slice slice : fixture.layout.slices()) {
                Tensor direction = fixture.directionWithin(slice);
                double above = fixture.lossMoved(direction, STEP);
                double below = fixture.lossMoved(direction, -STEP);
                double expected = 0.5 * (above - below) / (2 * STEP);
                double slope = fixture.dot(gradients, direction);
                assertThat(slope)
                        .as(slice.name())
                        .isCloseTo(expected, within(GRADIENT_TOLERANCE * Math.max(1, Math.abs(expected))));
                direction.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void countedParametersEqualTheLayouts(ModelConfig model) {
        assertThat(ModelCount.of(model).parameters())
                .isEqualTo(ParameterLayout.of(model).size());
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

            assertThat(Arrays.copyOf(after, 2 * vocabulary)).isEqualTo(Arrays.copyOf(before, 2 * vocabulary));
            assertThat(Arrays.copyOfRange(after, 4 * vocabulary, 8 * vocabulary))
                    .as("the other sequence")
                    .isEqualTo(Arrays.copyOfRange(before, 4 * vocabulary, 8 * vocabulary));
            assertThat(Arrays.copyOfRange(after, 3 * vocabulary, 4 * vocabulary))
                    .as("a later token")
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
        ModelConfig model = Models.all().get(Models.all().size() - 1);
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

    @Test
    void rotaryPositionsRunBeyondTheContextAndLearnedOnesRefuse() {
        int[] six = {1, 2, 3, 4, 5, 6};
        try (var rotary = new Fixture(Models.llama(), Precision.FLOAT);
                var learned = new Fixture(Models.gpt(), Precision.FLOAT)) {
            assertThat(rotary.decoder.nextLogits(six)).hasSize(11);
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
            backend.write(layout.initialize(7), values);
            decoder = new Decoder(model, backend, values, gradients);
        }

        /** The sum of the losses of a training pass that adds half its gradient to the gradients. */
        double trainingLoss() {
            return decoder.accumulate(INPUTS, TARGETS, TIME, 0.5, 3);
        }

        float[] gradients() {
            float[] out = new float[(int) layout.size()];
            backend.read(gradients, out);
            return out;
        }

        Tensor directionWithin(ParameterLayout.Slice slice) {
            Random random = new Random(slice.name().hashCode());
            float[] signs = new float[(int) layout.size()];
            for (int i = (int) slice.offset(); i < slice.offset() + slice.size(); i++) {
                signs[i] = random.nextBoolean() ? 1 : -1;
            }
            Tensor direction = backend.allocate(1, layout.size());
            backend.write(signs, direction);
            return direction;
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
            Tensor out = backend.allocate(1, 1);
            backend.linear(a, b, Optional.empty(), out);
            return backend.sum(out);
        }

        @Override
        public void close() {
            decoder.close();
            backend.close();
        }
    }
}
