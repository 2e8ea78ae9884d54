package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.Experts;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Sharing;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.Models.Draft;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Tiny models of every kind, from the same weights, against what PyTorch computed in double precision with its own
 * modules and automatic gradients: {@code src/test/python/reference_values.py} wrote {@code reference/*.json}.
 */
class PyTorchReferenceTest {

    private static final AdamWConfig ADAM_W = new AdamWConfig(1e-2, 0.9, 0.99, 1e-8, 0.1);
    private static final double CLIP = 0.5;

    /** One of the script's models. */
    record Shape(String name, ModelConfig model) {

        @Override
        public String toString() {
            return name;
        }
    }

    private static Shape shape(String name, Consumer<Draft> changes) {
        return new Shape(name, Models.with(draft -> {
            draft.vocabulary = 29;
            draft.context = 8;
            draft.width = 16;
            draft.embeddingWidth = 16;
            draft.hidden = 20;
            changes.accept(draft);
        }));
    }

    private static void llama(Draft draft) {
        draft.activation = Activation.SWIGLU;
        draft.norm = Norm.Type.RMS;
        draft.positions = new Positions.Rotary(10000);
        draft.embedding = Sharing.Embedding.NONE;
        draft.bias = false;
    }

    static List<Shape> shapes() {
        return List.of(
                shape("gpt", draft -> draft.attention = AttentionConfig.uniform(3, 4)),
                shape("llama", draft -> {
                    llama(draft);
                    draft.attention = AttentionConfig.uniform(2, 12);
                }),
                shape("llama-gqa", draft -> {
                    llama(draft);
                    draft.attention = AttentionConfig.uniform(4, 6).withKvHeads(2);
                }),
                shape("original", draft -> {
                    draft.attention = AttentionConfig.uniform(4, 4);
                    draft.activation = Activation.RELU;
                    draft.placement = Norm.Placement.POST;
                    draft.positions = new Positions.Sinusoidal();
                }),
                shape("mixtral", draft -> {
                    llama(draft);
                    draft.attention = AttentionConfig.uniform(2, 8);
                    draft.experts = new Experts(4, 2, Experts.Gates.CHOSEN, 0.1, new Experts.Weights.Own());
                }),
                shape("switch-shared", draft -> {
                    draft.attention = AttentionConfig.uniform(2, 6);
                    draft.experts = new Experts(3, 1, Experts.Gates.ALL, 0.5, new Experts.Weights.Shared(2));
                }),
                shape("albert", draft -> {
                    draft.attention = AttentionConfig.uniform(3, 4);
                    draft.qkv = Sharing.Qkv.DIAGONALS;
                    draft.layers = Sharing.Layers.ALL;
                    draft.embeddingWidth = 6;
                    draft.outputBias = true;
                }),
                shape("alibi-window", draft -> {
                    draft.attention = AttentionConfig.uniform(6, 4).withKvHeads(2);
                    draft.activation = Activation.GEGLU;
                    draft.norm = Norm.Type.RMS;
                    draft.positions = new Positions.Alibi();
                    draft.qkv = Sharing.Qkv.KEY_VALUE;
                    draft.window = 3;
                    draft.bias = false;
                }),
                shape("relative", draft -> {
                    draft.attention = AttentionConfig.uniform(3, 4);
                    draft.positions = new Positions.Relative(4);
                    draft.embedding = Sharing.Embedding.NONE;
                    draft.qkNorm = true;
                    draft.scale = new Scale.Inverse();
                }));
    }

    /** What a case may differ by, relative to the larger of 1 and the value. */
    record Case(Shape shape, Backends.Kind backend, Precision precision, double tolerance) {}

    /** Rounding alone separates the two: some 1e-16 a number in double, 1e-7 in float, through a few dozen sums. */
    static List<Case> cases() {
        return shapes().stream()
                .flatMap(shape -> Stream.of(
                        new Case(shape, Backends.Kind.ND4J, Precision.DOUBLE, 1e-10),
                        new Case(shape, Backends.Kind.ND4J, Precision.FLOAT, 1e-5),
                        new Case(shape, Backends.Kind.ONEDNN, Precision.FLOAT, 1e-5)))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAgree(Case test) {
        try (var run = new Run(test)) {
            float[] logits = run.decoder.logits(run.inputs, run.time);
            JsonNode expected = run.reference.get("logits");
            assertThat(logits).hasSize(expected.size());
            for (int i = 0; i < logits.length; i++) {
                assertThat((double) logits[i]).isCloseTo(expected.get(i).asDouble(), within(1e-5));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void lossAndGradientsAgree(Case test) {
        try (var run = new Run(test)) {
            run.check(run.accumulate(), run.reference.get("loss"), "loss", test.tolerance);
            run.check(run.decoder.balanceLoss(), run.reference.get("balanceLoss"), "load-balance loss", test.tolerance);
            JsonNode gradients = run.reference.get("gradients");
            assertThat(gradients.size()).isEqualTo(run.layout.slices().size());
            for (ParameterLayout.Slice slice : run.layout.slices()) {
                JsonNode expected = gradients.get(slice.name());
                Tensor gradient = run.gradients.slice(slice.offset(), 1, slice.size());
                run.check(
                        Math.sqrt(run.backend.squaredNorm(gradient)),
                        expected.get("norm"),
                        "norm of " + slice.name(),
                        test.tolerance);
                for (int i = 0; i < 4; i++) {
                    String name = slice.name() + " from either end at " + i;
                    double first = run.backend.sum(gradient.slice(i, 1, 1));
                    double last = run.backend.sum(gradient.slice(slice.size() - 4 + i, 1, 1));
                    run.check(first, expected.get("first").get(i), name, test.tolerance);
                    run.check(last, expected.get("last").get(i), name, test.tolerance);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void tenStepsOfAdamWWithClippingAgree(Case test) {
        // Each step divides by the root of tiny second moments, so differences grow by a digit or two.
        double tolerance = 10 * test.tolerance;
        try (var run = new Run(test);
                var optimizer = new Optimizer(
                        run.backend,
                        ADAM_W,
                        new Schedule.Constant(0),
                        10,
                        CLIP,
                        run.layout.weights(),
                        run.values,
                        run.gradients)) {
            JsonNode losses = run.reference.get("trainingLosses");
            for (int step = 1; step <= 10; step++) {
                run.backend.clear(run.gradients);
                run.check(run.accumulate(), losses.get(step - 1), "loss before step " + step, tolerance);
                double norm = optimizer.step(step);
                run.check(norm, run.reference.get("gradientNorms").get(step - 1), "norm at step " + step, tolerance);
            }
            run.check(run.accumulate(), losses.get(10), "loss after the last step", tolerance);
        }
    }

    @Test
    void theReferenceTrainsFarFromWhereItStarts() {
        for (Shape shape : shapes()) {
            JsonNode losses = reference(shape).get("trainingLosses");
            assertThat(losses.get(10).asDouble()).isLessThan(losses.get(0).asDouble() - 2);
        }
    }

    private static JsonNode reference(Shape shape) {
        String name = "/reference/" + shape.name() + ".json";
        try (var in = PyTorchReferenceTest.class.getResourceAsStream(name)) {
            return new ObjectMapper().readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class Run implements AutoCloseable {

        final JsonNode reference;
        final int[] inputs;
        final int[] targets;
        final int time;
        final Backend backend;
        final ParameterLayout layout;
        final Tensor values;
        final Tensor gradients;
        final Decoder decoder;

        Run(Case test) {
            Shape shape = test.shape;
            reference = reference(shape);
            inputs = ints(reference.get("inputs"));
            targets = ints(reference.get("targets"));
            time = reference.get("time").asInt();
            backend = Backends.open(test.backend, test.precision, 1);
            layout = ParameterLayout.of(shape.model());
            values = backend.allocate(1, layout.size());
            gradients = backend.allocate(1, layout.size());
            backend.write(weights(layout), values);
            decoder = new Decoder(shape.model(), backend, values, gradients);
        }

        /** The script's formula. */
        private static float[] weights(ParameterLayout layout) {
            float[] weights = new float[(int) layout.size()];
            for (ParameterLayout.Slice slice : layout.slices()) {
                int phase = slice.name().chars().sum();
                for (int i = 0; i < slice.size(); i++) {
                    double x = 0.4 * Math.sin(0.0131 * i * i + 0.37 * i + 0.011 * phase);
                    double start = slice.name().endsWith(".gain") ? 1 + 0.5 * x : x;
                    weights[(int) slice.offset() + i] = (float) (Math.rint(start * (1 << 20)) / (1 << 20));
                }
            }
            return weights;
        }

        private static int[] ints(JsonNode array) {
            int[] ints = new int[array.size()];
            for (int i = 0; i < ints.length; i++) {
                ints[i] = array.get(i).asInt();
            }
            return ints;
        }

        /** The mean loss; one target of the batch is absent. */
        double accumulate() {
            int predicted = targets.length - 1;
            return decoder.accumulate(inputs, targets, time, 1.0 / predicted, 0) / predicted;
        }

        void check(double actual, JsonNode expected, String what, double tolerance) {
            double value = expected.asDouble();
            assertThat(actual).as(what).isCloseTo(value, within(tolerance * Math.max(1, Math.abs(value))));
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
