package apportion.spark.experiment.variants;

import apportion.model.config.ModelConfig;
import apportion.model.inspect.EmbeddingDrift;
import apportion.model.transformer.ParameterLayout;

/**
 * What training made of the vectors of tokens; means over the vocabulary.
 *
 * @param cosineToStart of each token's vector with what it was initially
 * @param normToStart its length, as a multiple of what it was
 * @param cosineToOutput of each token's vector with the one that makes its logit; 1 where the two are one
 */
public record MeanDrift(double cosineToStart, double normToStart, double cosineToOutput) {

    /**
     * Measures.
     *
     * @param seed of the initial weights
     */
    static MeanDrift of(ModelConfig model, long seed, float[] parameters) {
        float[] start = ParameterLayout.of(model).initialize(seed);
        EmbeddingDrift drift = EmbeddingDrift.of(model, start, parameters);
        return new MeanDrift(
                drift.cosineToStart().mean(),
                drift.normToStart().mean(),
                drift.cosineToOutput().mean());
    }
}
