package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.EmbeddingConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.optim.WeightRun;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class InitializationTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, 5};

    /** A model whose attention and feed-forward widths grow with its own. */
    private static ModelConfig model(int width, Sharing.Embedding embedding, Initialization initialization) {
        return new ModelConfig(
                11,
                8,
                width,
                2,
                new BlockConfig(
                        AttentionConfig.uniform(width / 8, 8),
                        new FeedForwardConfig(2 * width, Activation.GELU),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        true,
                        0),
                new Positions.Learned(),
                new Sharing(embedding),
                new EmbeddingConfig(width, false),
                initialization);
    }

    private static float[] part(ParameterLayout layout, float[] weights, String name) {
        Slice slice = layout.slice(name);
        return Arrays.copyOfRange(weights, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    private static double std(float[] numbers) {
        double squares = 0;
        for (float number : numbers) {
            squares += (double) number * number;
        }
        return Math.sqrt(squares / numbers.length);
    }

    @Test
    void xavierIsUniformByTheSizesOfEachMatrixAndLeavesTablesNormal() {
        ParameterLayout layout = ParameterLayout.of(model(64, Sharing.Embedding.NONE, new Initialization.Xavier(0.02)));
        float[] weights = layout.initialize(1);
        float[] matrix = part(layout, weights, "block.0.feed-forward.in.weight");
        double bound = Math.sqrt(6.0 / (64 + 128));
        for (float weight : matrix) {
            assertThat((double) weight).isBetween(-bound, bound);
        }
        // 8192 numbers: the deviation's own is below a percent.
        assertThat(std(matrix)).isCloseTo(bound / Math.sqrt(3), within(0.03 * bound));
        assertThat(std(part(layout, weights, "head.weight"))).isCloseTo(Math.sqrt(2.0 / (64 + 11)), within(0.01));
        assertThat(std(part(layout, weights, "embedding.token"))).isCloseTo(0.02, within(0.002));
    }

    @Test
    void mupAtItsBaseWidthIsGpt2s() {
        ParameterLayout mup = ParameterLayout.of(model(32, Sharing.Embedding.NONE, new Initialization.Mup(0.02, 32)));
        ParameterLayout gpt2 = ParameterLayout.of(model(32, Sharing.Embedding.NONE, new Initialization.Gpt2(0.02)));
        assertThat(mup.initialize(1)).isEqualTo(gpt2.initialize(1));
        assertThat(mup.weights()).isEqualTo(gpt2.weights());
    }

    @Test
    void mupScalesMatricesInsideBlocksAlone() {
        ParameterLayout layout =
                ParameterLayout.of(model(64, Sharing.Embedding.NONE, new Initialization.Mup(0.02, 16)));
        float[] weights = layout.initialize(1);
        // m = 4
        assertThat(std(part(layout, weights, "block.0.feed-forward.in.weight"))).isCloseTo(0.01, within(0.0004));
        assertThat(std(part(layout, weights, "block.0.feed-forward.out.weight")))
                .isCloseTo(0.005, within(0.0002));
        assertThat(std(part(layout, weights, "head.weight"))).isCloseTo(0.02, within(0.002));
        assertThat(std(part(layout, weights, "embedding.token"))).isCloseTo(0.02, within(0.002));

        List<WeightRun> runs = layout.weights().runs();
        assertThat(runs).extracting(WeightRun::rate).containsExactly(1.0, 0.25, 1.0);
        assertThat(runs).extracting(WeightRun::decays).containsExactly(true, true, false);
        assertThat(layout.slices())
                .filteredOn(slice -> slice.offset() >= runs.get(1).from()
                        && slice.offset() < runs.get(1).from() + runs.get(1).count())
                .hasSize(2 * 4)
                .allSatisfy(slice -> assertThat(slice.name()).startsWith("block."));
    }

    /**
     * The authors' coordinate check (Yang et al. 2021, appendix D.1): how far a few steps move the logits must not grow
     * with the width; with GPT-2's scheme it does: from width 32 to 256 by a factor of 2.8 to 4.4.
     */
    @Test
    void underMupAFewStepsMoveWideModelsAsFarAsNarrowOnes() {
        for (Sharing.Embedding embedding : List.of(Sharing.Embedding.NONE, Sharing.Embedding.FULL)) {
            double narrow = moved(model(32, embedding, new Initialization.Mup(0.02, 32)));
            double wide = moved(model(256, embedding, new Initialization.Mup(0.02, 32)));
            double plain = moved(model(256, embedding, new Initialization.Gpt2(0.02)));
            assertThat(wide / narrow).isBetween(0.7, 1.4);
            assertThat(plain / narrow).isGreaterThan(2);
        }
    }

    /** Root mean square of what three steps change in the logits. */
    private static double moved(ModelConfig model) {
        ParameterLayout layout = ParameterLayout.of(model);
        try (var backend = new Nd4jBackend(Precision.FLOAT);
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size());
                var decoder = new Decoder(model, backend, values, gradients);
                var optimizer = new Optimizer(
                        backend,
                        new AdamWConfig(0.01, 0.9, 0.99, 1e-12, 0),
                        new Schedule.Constant(0),
                        3,
                        1e9,
                        layout.weights(),
                        values,
                        gradients)) {
            backend.write(layout.initialize(1), values);
            float[] before = decoder.logits(INPUTS, 8);
            for (int step = 1; step <= 3; step++) {
                backend.clear(gradients);
                decoder.accumulate(INPUTS, TARGETS, 8, 1.0 / 8, 0);
                optimizer.step(step);
            }
            float[] after = decoder.logits(INPUTS, 8);
            float[] change = new float[after.length];
            for (int i = 0; i < change.length; i++) {
                change[i] = after[i] - before[i];
            }
            return std(change);
        }
    }
}
