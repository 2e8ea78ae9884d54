package apportion.model.config;

import java.io.Serializable;

/**
 * Normalisation of each token's {@code C} numbers.
 *
 * @param type with or without the mean
 * @param epsilon added to the variance, so that a constant row stays finite
 */
public record Norm(Type type, double epsilon) implements Serializable {

    /** Which statistics are taken out. */
    public enum Type {
        /** Mean and variance (Ba et al. 2016). */
        LAYER,
        /** Root mean square alone (Zhang and Sennrich 2019); never has a bias. */
        RMS
    }

    public Norm {
        Check.positive(epsilon, "norm.epsilon");
    }
}
