package apportion.model.compress;

import apportion.model.config.ModelConfig;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A model with smaller heads.
 *
 * @param model its sizes
 * @param weights all of them, as {@link apportion.model.transformer.ParameterLayout} places them
 * @param heads what became of each key's heads
 */
public record Student(ModelConfig model, float[] weights, List<Compressed> heads) {

    public Student {
        heads = List.copyOf(heads);
    }

    /**
     * Heads of one key.
     *
     * @param layer the first being 0; of layers that share one attention, the first stands for all
     * @param head the first of them
     * @param count how many there are
     * @param from dimension before
     * @param to dimension, or rank, after
     * @param keptScores share that the student has of the sum of the squared singular values of {@code W_Q W_K^T}, in
     *     the measure that it was made for; empty if scores stay, or it was not made from them
     * @param keptValues the same of {@code W_V W_O}
     */
    public record Compressed(
            int layer, int head, int count, int from, int to, OptionalDouble keptScores, OptionalDouble keptValues) {}
}
