package apportion.spark.experiment.variants;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.TokenTables;

/**
 * What training made of the vectors of tokens; means over the vocabulary.
 *
 * @param cosineToStart of each token's vector with what it was initially
 * @param normToStart its length, as a multiple of what it was
 * @param cosineToOutput of each token's vector with the one that makes its logit; 1 where the two are one
 */
public record EmbeddingDrift(double cosineToStart, double normToStart, double cosineToOutput) {

    /**
     * Measures.
     *
     * @param seed of the initial weights
     */
    static EmbeddingDrift of(ModelConfig model, long seed, float[] parameters) {
        float[] start = TokenTables.input(model, ParameterLayout.of(model).initialize(seed));
        float[] input = TokenTables.input(model, parameters);
        float[] output = TokenTables.output(model, parameters);
        int width = model.width();
        double cosine = 0;
        double norm = 0;
        double toOutput = 0;
        for (int row = 0; row < model.vocabulary(); row++) {
            double length = length(input, row, width);
            double before = length(start, row, width);
            cosine += product(input, start, row, width) / (length * before);
            norm += length / before;
            toOutput += product(input, output, row, width) / (length * length(output, row, width));
        }
        return new EmbeddingDrift(
                cosine / model.vocabulary(), norm / model.vocabulary(), toOutput / model.vocabulary());
    }

    private static double length(float[] matrix, int row, int width) {
        return Math.sqrt(product(matrix, matrix, row, width));
    }

    private static double product(float[] a, float[] b, int row, int width) {
        double sum = 0;
        for (int i = row * width; i < (row + 1) * width; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
