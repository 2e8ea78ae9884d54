package apportion.model.config;

import java.io.Serializable;

/**
 * Normalisation of each token's {@code C} numbers.
 *
 * @param type with or without the mean
 * @param epsilon added to the variance, so that a constant row stays finite
 * @param placement where it stands in a sublayer
 */
public record Norm(Type type, double epsilon, Placement placement) implements Serializable {

    /** Which statistics are taken out. */
    public enum Type {
        /** Mean and variance (Ba et al. 2016). */
        LAYER,
        /** Root mean square alone (Zhang and Sennrich 2019); never has a bias. */
        RMS
    }

    /** Where the norm stands. */
    public enum Placement {
        /** {@code x + f(norm(x))}; one more norm stands before the output projection (Radford et al. 2019). */
        PRE,
        /**
         * {@code norm(x + f(x))}, so what reaches the output projection is normalised already (Vaswani et al. 2017).
         */
        POST
    }

    public Norm {
        Check.positive(epsilon, "norm.epsilon");
    }

    /** Whether one norm stands between the last block and the output projection. */
    public boolean beforeOutput() {
        return placement == Placement.PRE;
    }
}
