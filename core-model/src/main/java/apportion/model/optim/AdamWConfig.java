package apportion.model.optim;

import java.io.Serializable;

/**
 * AdamW's settings (Loshchilov and Hutter 2019, algorithm 2).
 *
 * @param learningRate at the schedule's peak
 * @param beta1 decay of the first moment per step
 * @param beta2 decay of the second moment per step
 * @param epsilon added to the root of the second moment
 * @param weightDecay share of a weight taken off per step and unit of learning rate; norms and biases keep all
 */
public record AdamWConfig(double learningRate, double beta1, double beta2, double epsilon, double weightDecay)
        implements Serializable {

    public AdamWConfig {
        if (!(learningRate > 0) || Double.isInfinite(learningRate)) {
            throw new IllegalArgumentException("learning-rate must be positive and finite, got " + learningRate);
        }
        share(beta1, "beta1");
        share(beta2, "beta2");
        if (!(epsilon > 0)) {
            throw new IllegalArgumentException("epsilon must be positive, got " + epsilon);
        }
        if (!(weightDecay >= 0) || Double.isInfinite(weightDecay)) {
            throw new IllegalArgumentException("weight-decay must be at least 0 and finite, got " + weightDecay);
        }
    }

    /** The same optimizer with another learning rate at the schedule's peak. */
    public AdamWConfig withLearningRate(double other) {
        return new AdamWConfig(other, beta1, beta2, epsilon, weightDecay);
    }

    private static void share(double value, String name) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be at least 0 and below 1, got " + value);
        }
    }
}
