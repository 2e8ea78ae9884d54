package apportion.spark.inspect;

import apportion.model.inspect.LayerSums;
import java.io.Serializable;
import java.util.List;

/**
 * What the tasks of a job sum up.
 *
 * @param layers the heads of each layer
 * @param loss of all predicted tokens together, in nats
 * @param tokens that were predicted
 */
record Sums(List<LayerSums> layers, double loss, long tokens) implements Serializable {

    /** Both; the layers of this one are changed and taken over. */
    Sums plus(Sums other) {
        for (int layer = 0; layer < layers.size(); layer++) {
            layers.get(layer).add(other.layers.get(layer));
        }
        return new Sums(layers, loss + other.loss, tokens + other.tokens);
    }
}
