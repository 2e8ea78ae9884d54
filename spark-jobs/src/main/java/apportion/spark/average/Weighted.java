package apportion.spark.average;

import java.io.Serializable;

/**
 * A replica's vector and its weight.
 *
 * @param replica its number; sums are taken in this order
 * @param weight what it has seen, at least 0
 * @param vector as it travels
 */
public record Weighted(int replica, long weight, Encoded vector) implements Serializable {

    public Weighted {
        if (weight < 0) {
            throw new IllegalArgumentException(
                    "replica " + replica + " weighs " + weight + ", but at least 0 is meant");
        }
    }

    /** A vector as it is. */
    public Weighted(int replica, long weight, float[] vector) {
        this(replica, weight, new Encoded.Floats(vector));
    }
}
