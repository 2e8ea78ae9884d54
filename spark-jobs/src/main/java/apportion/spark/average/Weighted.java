package apportion.spark.average;

import java.io.Serializable;

/**
 * A replica's vector and its weight.
 *
 * @param replica its number; sums are taken in this order
 * @param weight what it has seen, at least 0
 */
public record Weighted(int replica, long weight, float[] vector) implements Serializable {

    public Weighted {
        if (weight < 0) {
            throw new IllegalArgumentException(
                    "replica " + replica + " weighs " + weight + ", but at least 0 is meant");
        }
    }
}
