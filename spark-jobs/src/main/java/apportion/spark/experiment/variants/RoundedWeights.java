package apportion.spark.experiment.variants;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;

/**
 * Weights as they come back from 8 bits: each row of each matrix (an output of a projection, a token of a table) is
 * divided by its largest magnitude and rounded to one of the 255 multiples of a 127th of it; vectors, such as gains and
 * biases, stay as they are, and so do activations.
 */
final class RoundedWeights {

    private static final int LEVELS = 127;

    private RoundedWeights() {}

    static float[] of(ModelConfig model, float[] parameters) {
        float[] rounded = parameters.clone();
        for (ParameterLayout.Slice slice : ParameterLayout.of(model).slices()) {
            int columns = Math.toIntExact(slice.columns());
            for (long row = 0; slice.rows() > 1 && row < slice.rows(); row++) {
                round(rounded, Math.toIntExact(slice.offset() + row * columns), columns);
            }
        }
        return rounded;
    }

    private static void round(float[] values, int from, int count) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
        }
        float step = largest / LEVELS;
        for (int i = from; step > 0 && i < from + count; i++) {
            values[i] = Math.round(values[i] / step) * step;
        }
    }
}
