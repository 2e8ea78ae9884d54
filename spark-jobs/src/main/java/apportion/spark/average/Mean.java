package apportion.spark.average;

import java.io.Serializable;

/**
 * The mean of replicas, and how far they lie from it.
 *
 * @param vector {@code m = sum_w n_w x_w / sum_w n_w}
 * @param spread {@code sum_w n_w ||x_w - m||^2 / sum_w n_w}
 */
public record Mean(float[] vector, double spread) implements Serializable {

    /** Root of the spread as a share of the mean's norm: 0 where all replicas are equal. */
    public double divergence() {
        double squares = 0;
        for (float number : vector) {
            squares += (double) number * number;
        }
        return spread == 0 ? 0 : Math.sqrt(spread / squares);
    }
}
