package apportion.model.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OptimizerTest {

    private static final int SIZE = 37;
    private static final int DECAYED = 20;
    private static final AdamWConfig ADAM_W = new AdamWConfig(0.05, 0.9, 0.999, 1e-8, 0.1);
    private static final Schedule SCHEDULE = new Schedule.Cosine(3, 0.1);

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void tenStepsEqualThePapersAlgorithmInPlainDoubles(Precision precision) {
        Random random = new Random(5);
        double clip = 2;
        double[] weights = random.doubles(SIZE, -1, 1).map(w -> (float) w).toArray();
        double[] first = new double[SIZE];
        double[] second = new double[SIZE];
        try (var run = new Run(precision, clip, floats(weights))) {
            for (int step = 1; step <= 10; step++) {
                // Large and tiny gradients, a zero, and some steps whose norm stays below the clip.
                double size = step % 3 == 0 ? 0.01 : 3;
                double[] gradient =
                        random.doubles(SIZE, -size, size).map(g -> (float) g).toArray();
                gradient[7] = 0;
                gradient[30] *= 1e-5f;

                double norm = run.step(step, floats(gradient));

                double expectedNorm = 0;
                for (double g : gradient) {
                    expectedNorm += g * g;
                }
                expectedNorm = Math.sqrt(expectedNorm);
                assertThat(norm).isCloseTo(expectedNorm, within(1e-5));
                double rate = 0.05 * SCHEDULE.share(step, 10);
                for (int i = 0; i < SIZE; i++) {
                    double g = gradient[i] * Math.min(1, clip / expectedNorm);
                    first[i] = 0.9 * first[i] + 0.1 * g;
                    second[i] = 0.999 * second[i] + 0.001 * g * g;
                    double decay = i < DECAYED ? 0.1 * weights[i] : 0;
                    double mean = first[i] / (1 - Math.pow(0.9, step));
                    double square = second[i] / (1 - Math.pow(0.999, step));
                    weights[i] -= rate * (mean / (Math.sqrt(square) + 1e-8) + decay);
                }
            }
            assertThat(run.read(run.values)).containsExactly(floats(weights), within(1e-6f));
            assertThat(run.read(run.optimizer.firstMoment())).containsExactly(floats(first), within(1e-6f));
            assertThat(run.read(run.optimizer.secondMoment())).containsExactly(floats(second), within(1e-6f));
        }
    }

    @Test
    void clippingScalesAllGradientsByOneFactor() {
        float[] gradient = new float[SIZE];
        gradient[0] = 30;
        gradient[SIZE - 1] = 40;
        try (var run = new Run(Precision.FLOAT, 5, new float[SIZE])) {
            assertThat(run.step(1, gradient)).isEqualTo(50);
            float[] first = run.read(run.optimizer.firstMoment());
            assertThat(first[0]).isCloseTo(0.3f, within(1e-6f));
            assertThat(first[SIZE - 1]).isCloseTo(0.4f, within(1e-6f));
        }
    }

    @Test
    void gradientsAtTheClipOrBelowStayAsTheyAre() {
        float[] gradient = new float[SIZE];
        gradient[0] = 3;
        gradient[SIZE - 1] = 4;
        try (var clipped = new Run(Precision.FLOAT, 5, new float[SIZE]);
                var free = new Run(Precision.FLOAT, Double.POSITIVE_INFINITY, new float[SIZE])) {
            assertThat(clipped.step(1, gradient))
                    .isEqualTo(free.step(1, gradient))
                    .isEqualTo(5);
            assertThat(clipped.read(clipped.values)).isEqualTo(free.read(free.values));
        }
    }

    @Test
    void onlyTheDecayedPartShrinksWithoutAGradient() {
        float[] ones = new float[SIZE];
        Arrays.fill(ones, 1);
        try (var run = new Run(Precision.FLOAT, 1, ones)) {
            run.step(3, new float[SIZE]);
            float[] values = run.read(run.values);
            for (int i = 0; i < SIZE; i++) {
                assertThat(values[i]).isCloseTo(i < DECAYED ? 1 - 0.05f * 0.1f : 1, within(1e-7f));
            }
        }
    }

    @Test
    void theBiasCorrectionIsExactInFloatWhereOneMinusAPowerWouldNotBe() {
        // The first update of each weight is the learning rate, whatever its gradient and the betas.
        var slow = new AdamWConfig(0.01, 0.9, 0.99999, 1e-12, 0);
        float[] gradient = new float[SIZE];
        Arrays.fill(gradient, 0.37f);
        try (var backend = new Nd4jBackend(Precision.FLOAT);
                Tensor values = backend.allocate(1, SIZE);
                Tensor gradients = backend.allocate(1, SIZE);
                var optimizer = new Optimizer(
                        backend, slow, new Schedule.Constant(0), 10, 1e9, decaying(SIZE), values, gradients)) {
            backend.write(gradient, gradients);
            optimizer.step(1);
            float[] out = new float[SIZE];
            backend.read(values, out);
            for (float value : out) {
                assertThat(value).isCloseTo(-0.01f, within(1e-7f));
            }
        }
    }

    @Test
    void impossibleSettingsAreNamed() {
        assertThatThrownBy(() -> new Run(Precision.FLOAT, 0, new float[SIZE]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("clip must be positive, got 0.0");
        assertThatThrownBy(() -> new Run(Precision.FLOAT, Double.NaN, new float[SIZE]))
                .hasMessage("clip must be positive, got NaN");
        assertThatThrownBy(() -> new AdamWConfig(0, 0.9, 0.99, 1e-8, 0))
                .hasMessage("learning-rate must be positive and finite, got 0.0");
        assertThatThrownBy(() -> new AdamWConfig(Double.POSITIVE_INFINITY, 0.9, 0.99, 1e-8, 0))
                .hasMessage("learning-rate must be positive and finite, got Infinity");
        assertThatThrownBy(() -> new AdamWConfig(1, 1, 0.99, 1e-8, 0))
                .hasMessage("beta1 must be at least 0 and below 1, got 1.0");
        assertThatThrownBy(() -> new AdamWConfig(1, 0.9, -0.1, 1e-8, 0))
                .hasMessage("beta2 must be at least 0 and below 1, got -0.1");
        assertThatThrownBy(() -> new AdamWConfig(1, 0.9, 0.99, 0, 0)).hasMessage("epsilon must be positive, got 0.0");
        assertThatThrownBy(() -> new AdamWConfig(1, 0.9, 0.99, 1e-8, -1))
                .hasMessage("weight-decay must be at least 0 and finite, got -1.0");
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** The first numbers decay; all learn at one rate. */
    private static Optimizer.Weights decaying(int count) {
        List<WeightRun> runs = new ArrayList<>(List.of(new WeightRun(0, count, true, 1)));
        if (count < SIZE) {
            runs.add(new WeightRun(count, SIZE - count, false, 1));
        }
        return new Optimizer.Weights(runs, List.of());
    }

    @Test
    void aRunLearnsAtItsRateAndDecaysLikeTheOthers() {
        var weights = new Optimizer.Weights(
                List.of(new WeightRun(0, DECAYED, true, 0.25), new WeightRun(DECAYED, SIZE - DECAYED, true, 1)),
                List.of());
        var adamW = new AdamWConfig(0.01, 0.9, 0.99, 1e-12, 0.1);
        float[] gradient = new float[SIZE];
        Arrays.fill(gradient, 0.37f);
        float[] out = new float[SIZE];
        Arrays.fill(out, 1);
        try (var backend = new Nd4jBackend(Precision.DOUBLE);
                Tensor values = backend.allocate(1, SIZE);
                Tensor gradients = backend.allocate(1, SIZE);
                var optimizer =
                        new Optimizer(backend, adamW, new Schedule.Constant(0), 10, 1e9, weights, values, gradients)) {
            backend.write(out, values);
            backend.write(gradient, gradients);
            optimizer.step(1);
            backend.read(values, out);
        }
        // The first update of each weight is its learning rate.
        for (int i = 0; i < SIZE; i++) {
            double learnt = i < DECAYED ? 0.25 * 0.01 : 0.01;
            assertThat((double) out[i]).isCloseTo(1 - 0.01 * 0.1 - learnt, within(1e-6));
        }
    }

    private static final class Run implements AutoCloseable {

        final Nd4jBackend backend;
        final Tensor values;
        final Tensor gradients;
        final Optimizer optimizer;

        Run(Precision precision, double clip, float[] start) {
            backend = new Nd4jBackend(precision);
            values = backend.allocate(1, SIZE);
            gradients = backend.allocate(1, SIZE);
            backend.write(start, values);
            optimizer = new Optimizer(backend, ADAM_W, SCHEDULE, 10, clip, decaying(DECAYED), values, gradients);
        }

        double step(int step, float[] gradient) {
            backend.write(gradient, gradients);
            return optimizer.step(step);
        }

        float[] read(Tensor tensor) {
            float[] out = new float[SIZE];
            backend.read(tensor, out);
            return out;
        }

        @Override
        public void close() {
            optimizer.close();
            values.close();
            gradients.close();
            backend.close();
        }
    }
}
