package apportion.spark.bench;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import java.util.List;

/**
 * A model and a batch that {@code bench train} measures: GPT-2's decoder, with learned positions, layer norms, biases,
 * GELU and a tied output projection.
 *
 * @param warmUp steps that are not measured
 * @param steps that are measured, if the time allows
 */
public record TrainShape(
        String name,
        int vocabulary,
        int context,
        int width,
        int layers,
        int heads,
        int headDim,
        int hidden,
        int batch,
        int warmUp,
        int steps) {

    /** Of a layer norm. */
    static final double NORM_EPSILON = 1e-5;

    private static final double INITIAL_STD = 0.02;

    /** All that there are. */
    public static final List<TrainShape> ALL = List.of(
            new TrainShape("small", 256, 128, 256, 4, 8, 32, 1024, 16, 5, 15),
            new TrainShape("medium", 8192, 256, 512, 6, 8, 64, 2048, 8, 3, 6),
            new TrainShape("narrow", 256, 128, 256, 4, 32, 8, 1024, 16, 5, 10));

    ModelConfig model() {
        BlockConfig block = new BlockConfig(
                AttentionConfig.uniform(heads, headDim),
                new FeedForwardConfig(hidden, Activation.GELU),
                new Norm(Norm.Type.LAYER, NORM_EPSILON, Norm.Placement.PRE),
                true,
                0);
        return new ModelConfig(
                vocabulary,
                context,
                width,
                layers,
                block,
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.FULL),
                INITIAL_STD);
    }

    /** Tokens that one step predicts. */
    int tokens() {
        return batch * context;
    }

    /** Most steps of one turn. */
    int turn() {
        return warmUp + steps;
    }
}
