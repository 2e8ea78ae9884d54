package apportion.model.transformer;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import java.util.ArrayList;
import java.util.List;

/** Tiny models that together cover every configuration. */
public final class Models {

    private Models() {}

    /** A GPT-2-shaped model. */
    public static ModelConfig gpt() {
        return model(
                AttentionConfig.uniform(2, 4),
                Activation.GELU,
                Norm.Type.LAYER,
                new Positions.Learned(),
                Sharing.Embedding.FULL,
                true,
                0);
    }

    /** A LLaMA-shaped model. */
    public static ModelConfig llama() {
        return model(
                AttentionConfig.uniform(2, 4),
                Activation.SWIGLU,
                Norm.Type.RMS,
                new Positions.Rotary(10000),
                Sharing.Embedding.NONE,
                false,
                0);
    }

    /** Every combination of the discrete choices, over layouts that include unequal groups and odd sizes. */
    public static List<ModelConfig> all() {
        List<ModelConfig> models = new ArrayList<>();
        List<AttentionConfig> layouts = List.of(
                AttentionConfig.uniform(1, 6),
                AttentionConfig.uniform(3, 2),
                new AttentionConfig(List.of(new HeadGroup(2, 2), new HeadGroup(1, 4))));
        for (AttentionConfig layout : layouts) {
            for (Activation activation : Activation.values()) {
                for (Norm.Type norm : Norm.Type.values()) {
                    for (Positions positions : List.of(new Positions.Learned(), new Positions.Rotary(100))) {
                        for (Sharing.Embedding embedding : Sharing.Embedding.values()) {
                            for (boolean bias : new boolean[] {false, true}) {
                                models.add(model(layout, activation, norm, positions, embedding, bias, 0));
                            }
                        }
                    }
                }
            }
        }
        models.add(model(
                AttentionConfig.uniform(4, 1),
                Activation.GELU,
                Norm.Type.LAYER,
                new Positions.Learned(),
                Sharing.Embedding.FULL,
                true,
                0));
        models.add(model(
                AttentionConfig.uniform(1, 5),
                Activation.SWIGLU,
                Norm.Type.RMS,
                new Positions.Learned(),
                Sharing.Embedding.FULL,
                true,
                0.25));
        return models;
    }

    /** A model of two layers, width 8, context 5 and 11 tokens. */
    public static ModelConfig model(
            AttentionConfig attention,
            Activation activation,
            Norm.Type norm,
            Positions positions,
            Sharing.Embedding embedding,
            boolean bias,
            double dropout) {
        return new ModelConfig(
                11,
                5,
                8,
                2,
                new BlockConfig(attention, new FeedForwardConfig(12, activation), new Norm(norm, 1e-5), bias, dropout),
                positions,
                new Sharing(embedding),
                0.3);
    }
}
