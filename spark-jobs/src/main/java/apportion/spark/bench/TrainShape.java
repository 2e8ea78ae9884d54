package apportion.spark.bench;

import apportion.model.config.ModelConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import java.util.List;
import java.util.Optional;

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

    /** All that there are; nano has the sizes of {@code conf/train/shakespeare-char.conf}. */
    public static final List<TrainShape> ALL = List.of(
            new TrainShape("small", 256, 128, 256, 4, 8, 32, 1024, 16, 5, 15),
            new TrainShape("medium", 8192, 256, 512, 6, 8, 64, 2048, 8, 3, 6),
            new TrainShape("narrow", 256, 128, 256, 4, 32, 8, 1024, 16, 5, 10),
            new TrainShape("nano", 257, 64, 128, 4, 4, 32, 512, 12, 50, 150));

    /** What is not named here is base.conf's: causal heads of one size, pre-norm, tied output. */
    ModelConfig model() {
        List<String> keys = List.of(
                "model.layers=" + layers,
                "model.width=" + width,
                "model.context=" + context,
                "model.attention.heads=" + heads,
                "model.attention.head-dim=" + headDim,
                "model.feed-forward.width=" + hidden,
                "model.feed-forward.activation=gelu",
                "model.norm.type=layer",
                "model.norm.epsilon=" + NORM_EPSILON,
                "model.positions=learned",
                "model.bias=true",
                "model.dropout=0");
        return Settings.load(Optional.empty(), keys)
                .bind("model", ModelSettings.class)
                .get()
                .toModel(vocabulary);
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
