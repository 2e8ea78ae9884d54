package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Backend;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.AttentionConfig;
import apportion.model.config.Positions;
import apportion.model.config.RegressionConfig;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class RegressorTest {

    private static final int TIME = 4;
    private static final int FROM = 1;
    private static final int ROWS = 8;

    private static final double STEP = 1e-6;

    /** Central differences of this step leave less than 1e-7 of the slope, from rounding and from curvature alike. */
    private static final double TOLERANCE = 1e-6;

    static List<RegressionConfig> models() {
        AttentionConfig heads = AttentionConfig.uniform(2, 3);
        return List.of(
                new RegressionConfig(3, 2, 4, 1, heads, new Positions.Relative(3), false, 0),
                new RegressionConfig(3, 2, 4, 1, heads, new Positions.Alibi(), true, 0),
                new RegressionConfig(3, 2, 4, 2, heads, new Positions.Relative(3), true, 0),
                new RegressionConfig(3, 2, 4, 1, heads, new Positions.None(), true, 5),
                new RegressionConfig(3, 2, 4, 2, heads, new Positions.Relative(4), false, 5));
    }

    private static final class Fixture implements AutoCloseable {

        private final Backend backend = new Nd4jBackend(Precision.DOUBLE);
        private final ParameterLayout layout;
        private final Tensor values;
        private final Tensor gradients;
        private final Regressor regressor;
        private final float[] inputs;
        private final float[] targets;

        Fixture(RegressionConfig model) {
            layout = ParameterLayout.of(model);
            values = backend.allocate(1, layout.size());
            gradients = backend.allocate(1, layout.size());
            regressor = new Regressor(model, backend, values, gradients);
            Random random = new Random(5);
            float[] weights = layout.initialize(3);
            for (int i = 0; i < weights.length; i++) {
                weights[i] += (float) (0.3 * random.nextGaussian());
            }
            backend.write(weights, values);
            inputs = normal(random, ROWS * model.inputs());
            targets = normal(random, ROWS * model.outputs());
        }

        private static float[] normal(Random random, int count) {
            float[] numbers = new float[count];
            for (int i = 0; i < count; i++) {
                numbers[i] = (float) random.nextGaussian();
            }
            return numbers;
        }

        double loss() {
            return regressor.squaredError(inputs, targets, TIME, FROM);
        }

        /** Slope of the loss along one direction, by the gradient and by central differences. */
        double[] slopes(ParameterLayout.Slice slice) {
            backend.clear(gradients);
            regressor.accumulate(inputs, targets, TIME, FROM, 1);
            int count = (int) slice.size();
            float[] direction = normal(new Random(9), count);
            Tensor move = backend.allocate(1, count);
            Tensor part = values.slice(slice.offset(), 1, count);
            backend.write(direction, move);
            // Read out as floats, the gradient would lose what is to be seen.
            Tensor product = backend.allocate(1, 1);
            backend.rowDots(gradients.slice(slice.offset(), 1, count), move, product);
            double expected = backend.sum(product);
            product.close();
            backend.scale(move, STEP);
            backend.add(move, part);
            double above = loss();
            backend.scale(move, -2);
            backend.add(move, part);
            double below = loss();
            move.close();
            return new double[] {expected, (above - below) / (2 * STEP)};
        }

        @Override
        public void close() {
            regressor.close();
            values.close();
            gradients.close();
            backend.close();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void gradientsAgreeWithDifferencesInDouble(RegressionConfig model) {
        for (ParameterLayout.Slice slice : ParameterLayout.of(model).slices()) {
            try (var fixture = new Fixture(model)) {
                double[] slopes = fixture.slopes(slice);
                assertThat(slopes[0])
                        .as(slice.name())
                        .isCloseTo(slopes[1], within(TOLERANCE * Math.max(1, Math.abs(slopes[1]))));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void theErrorIsThatOfThePredictionsThatCount(RegressionConfig model) {
        try (var fixture = new Fixture(model)) {
            float[] predictions = fixture.regressor.predictions(fixture.inputs, TIME);
            double expected = 0;
            for (int i = 0; i < predictions.length; i++) {
                if (i / model.outputs() % TIME >= FROM) {
                    expected += Math.pow((double) predictions[i] - fixture.targets[i], 2);
                }
            }

            assertThat(fixture.loss()).isCloseTo(expected, within(1e-5));
        }
    }

    /** One head that looks at the token before, and passes it through: the copy that an induction head begins with. */
    @Test
    void aHeadThatCopiesThePreviousTokenLeavesNoError() {
        var model =
                new RegressionConfig(2, 2, 2, 1, AttentionConfig.uniform(1, 2), new Positions.Relative(3), false, 0);
        try (var fixture = new Fixture(model)) {
            float[] weights = new float[(int) fixture.layout.size()];
            identity(weights, fixture.layout.slice("in.weight"), 0);
            identity(weights, fixture.layout.slice("block.0.attention.qkv.weight"), 4);
            weights[
                    (int) fixture.layout
                                    .slice("block.0.attention.distance.bias")
                                    .offset()
                            + 1] = 50;
            identity(weights, fixture.layout.slice("block.0.attention.out.weight"), 0);
            identity(weights, fixture.layout.slice("out.weight"), 0);
            fixture.backend.write(weights, fixture.values);

            float[] predictions = fixture.regressor.predictions(fixture.inputs, TIME);

            for (int row = 0; row < ROWS; row++) {
                int from = 2 * (row % TIME == 0 ? row : row - 1);
                assertThat(Arrays.copyOfRange(predictions, 2 * row, 2 * row + 2))
                        .containsExactly(Arrays.copyOfRange(fixture.inputs, from, from + 2), within(1e-6f));
            }
        }
    }

    private static void identity(float[] weights, ParameterLayout.Slice slice, int firstRow) {
        for (int i = 0; i < 2; i++) {
            weights[(int) (slice.offset() + (firstRow + i) * slice.columns() + i)] = 1;
        }
    }

    @Test
    void whatIsNoBatchIsRefused() {
        try (var fixture = new Fixture(models().get(0))) {
            assertThatThrownBy(() -> fixture.regressor.predictions(new float[7], TIME))
                    .hasMessage("a batch needs whole sequences of 4 vectors of 3 numbers, got 7 numbers");
            assertThatThrownBy(() -> fixture.regressor.squaredError(fixture.inputs, fixture.targets, TIME, TIME))
                    .hasMessageContaining("counted from 4");
        }
        assertThatThrownBy(() -> new RegressionConfig(
                        1, 1, 1, 1, AttentionConfig.uniform(1, 1), new Positions.Learned(), false, 0))
                .hasMessageContaining("must be in its scores");
    }
}
