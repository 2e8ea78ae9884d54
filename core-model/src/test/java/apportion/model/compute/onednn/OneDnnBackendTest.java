package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.BackendContract;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.Models;
import apportion.model.transformer.ParameterLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

final class OneDnnBackendTest extends BackendContract {

    OneDnnBackendTest() {
        super(new OneDnnBackend(Precision.FLOAT, 2));
    }

    @Test
    void whatItCannotComputeInIsRefused() {
        assertThatThrownBy(() -> new OneDnnBackend(Precision.DOUBLE, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("onednn computes in float or bfloat16, got double; use nd4j for double");
        assertThatThrownBy(() -> new OneDnnBackend(Precision.FLOAT, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("threads must be at least 1, got 0");
    }

    @Test
    void theBitsDoNotDependOnTheNumberOfThreads() {
        for (Precision precision : precisions()) {
            for (ModelConfig model :
                    List.of(larger(Models.gpt()), larger(Models.llama()), larger(learning()), Models.dropping())) {
                float[] one = trained(model, precision, 1);
                assertThat(trained(model, precision, 1)).as("again").isEqualTo(one);
                assertThat(trained(model, precision, 2)).as("2 threads").isEqualTo(one);
                assertThat(trained(model, precision, 3)).as("3 threads").isEqualTo(one);
            }
        }
    }

    private static List<Precision> precisions() {
        return Library.load().multipliesBfloat16()
                ? List.of(Precision.FLOAT, Precision.BFLOAT16)
                : List.of(Precision.FLOAT);
    }

    /** A model whose attention learns all that it can besides its projections. */
    private static ModelConfig learning() {
        return Models.with(draft -> {
            draft.qkv = Sharing.Qkv.DIAGONALS;
            draft.qkNorm = true;
            draft.window = 70;
            draft.positions = new Positions.Relative(20);
        });
    }

    /** Large enough for several chunks of every operation. */
    private static ModelConfig larger(ModelConfig tiny) {
        return new ModelConfig(300, 150, 72, 2, tiny.block(), tiny.positions(), tiny.sharing(), tiny.initialStd());
    }

    /** Weights after two steps of training. */
    private static float[] trained(ModelConfig model, Precision precision, int threads) {
        try (Training training = new Training(model, precision, threads)) {
            training.step(1);
            training.step(2);
            return training.weights();
        }
    }

    @Test
    void changingALaterTokenLeavesEarlierLogitsUnchanged() {
        for (Precision precision : precisions()) {
            for (ModelConfig tiny : List.of(Models.gpt(), Models.llama())) {
                ModelConfig model = larger(tiny);
                try (Training training = new Training(model, precision, 2)) {
                    int[] inputs = new Random(3).ints(150, 0, 300).toArray();
                    float[] before = training.decoder.logits(inputs, 150);
                    inputs[100] = (inputs[100] + 1) % 300;
                    float[] after = training.decoder.logits(inputs, 150);
                    assertThat(Arrays.copyOf(after, 100 * 300)).isEqualTo(Arrays.copyOf(before, 100 * 300));
                    assertThat(after).isNotEqualTo(before);
                }
            }
        }
    }

    @Test
    void aStepAfterTheFirstMakesNextToNoGarbage() {
        try (Training training = new Training(larger(Models.gpt()), Precision.FLOAT, 1)) {
            for (int step = 1; step <= 3; step++) {
                training.step(step);
            }
            var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            training.step(4);
            // A few small objects for each of some hundred operations; a lost buffer would be 100 times as much.
            assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 10);
        }
    }

    @Test
    void closingFreesTheMemory() {
        long before = 0;
        for (int i = 0; i < 40; i++) {
            try (OneDnnBackend backend = new OneDnnBackend(Precision.FLOAT, 2)) {
                float[] values = new float[4 << 20];
                Arrays.fill(values, 1);
                backend.write(values, backend.allocate(1024, 4096));
                backend.allocate(3, 3).close();
            }
            if (i == 10) {
                before = Pointer.physicalBytes();
            }
        }
        assertThat(Pointer.physicalBytes() - before)
                .as("30 times 16 MB would be 480 MB")
                .isLessThan(150L << 20);
    }

    /** A model in training on random tokens. */
    private static final class Training implements AutoCloseable {

        private final OneDnnBackend backend;
        private final Tensor values;
        private final Tensor gradients;
        private final ModelConfig model;
        private final Decoder decoder;
        private final Optimizer optimizer;
        private final int[] tokens;

        Training(ModelConfig model, Precision precision, int threads) {
            ParameterLayout layout = ParameterLayout.of(model);
            this.model = model;
            this.backend = new OneDnnBackend(precision, threads);
            this.values = backend.allocate(1, layout.size());
            this.gradients = backend.allocate(1, layout.size());
            backend.write(layout.initialize(7), values);
            this.decoder = new Decoder(model, backend, values, gradients);
            this.optimizer = new Optimizer(
                    backend,
                    new AdamWConfig(1e-2, 0.9, 0.99, 1e-8, 0.1),
                    new Schedule.Constant(0),
                    10,
                    0.5,
                    layout.weights(),
                    values,
                    gradients);
            this.tokens = new Random(1)
                    .ints(3L * model.context(), 0, model.vocabulary())
                    .toArray();
        }

        void step(long step) {
            backend.clear(gradients);
            decoder.accumulate(tokens, tokens, model.context(), 1.0 / tokens.length, step);
            optimizer.step(step);
        }

        float[] weights() {
            float[] weights = new float[(int) values.size()];
            backend.read(values, weights);
            return weights;
        }

        @Override
        public void close() {
            decoder.close();
            optimizer.close();
            backend.close();
        }
    }
}
