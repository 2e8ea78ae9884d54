package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.Experts;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.count.ModelCount;
import apportion.spark.failure.UserError;
import org.junit.jupiter.api.Test;

final class TrainMemoryTest {

    private static ModelConfig model(int vocabulary, int width, int layers) {
        return new ModelConfig(
                vocabulary,
                1024,
                width,
                layers,
                new BlockConfig(
                        AttentionConfig.uniform(16, width / 16),
                        new FeedForwardConfig(4 * width, Activation.GELU, Experts.ONE),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        true,
                        0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.FULL),
                0.02);
    }

    private static TrainConfig train(OptimizerState state) {
        TinyRun run = TinyRun.with(1, 1);
        run.optimizerState = state;
        return run.config();
    }

    @Test
    void aModelOf350MillionParametersTakes36BytesOfHeapAParameterAnd20OutsideOfIt() {
        ModelConfig medium = model(50_257, 1024, 24);
        long parameters = ModelCount.of(medium).parameters();
        assertThat(parameters).isBetween(350_000_000L, 360_000_000L);

        TrainMemory memory = TrainMemory.of(medium, train(OptimizerState.KEPT), 64, 2);

        assertThat(memory.embedded()).isBetween(36 * parameters, 36 * parameters + 1_000_000_000);
        assertThat(memory.executor()).isLessThan(memory.embedded());
        assertThat(memory.outside()).isGreaterThan(20 * parameters);
        assertThat(memory.most()).isEqualTo(Integer.MAX_VALUE - 8);
    }

    @Test
    void parametersThatDoNotFitAnArrayAreRefused() {
        ModelConfig large = model(50_257, 2048, 16);
        assertThat(ModelCount.of(large).parameters()).isBetween(800_000_000L, 1_000_000_000L);

        TrainMemory.refuseBeyondArrays(large, train(OptimizerState.KEPT));
        assertThatThrownBy(() -> TrainMemory.refuseBeyondArrays(large, train(OptimizerState.AVERAGED)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("at most 715,827,879")
                .hasMessageContaining("train.optimizer-state = averaged needs 3 a parameter");
        assertThatThrownBy(() -> TrainMemory.refuseBeyondArrays(model(50_257, 4096, 12), train(OptimizerState.KEPT)))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("at most 2,147,483,639");
    }

    @Test
    void moreOfEverythingTakesMoreMemory() {
        ModelConfig model = model(257, 256, 4);
        TrainMemory plain = TrainMemory.of(model, train(OptimizerState.KEPT), 64, 1);
        TinyRun two = TinyRun.with(2, 1);

        assertThat(TrainMemory.of(model, train(OptimizerState.AVERAGED), 64, 1).embedded())
                .isGreaterThan(plain.embedded());
        assertThat(TrainMemory.of(model, two.config(), 64, 2).embedded()).isGreaterThan(plain.embedded());
        assertThat(TrainMemory.of(model, two.config(), 64, 1).embedded()).isEqualTo(plain.embedded());
        assertThat(plain.driver()).isLessThan(plain.embedded());
    }
}
