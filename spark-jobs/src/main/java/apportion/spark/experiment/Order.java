package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;

/**
 * A statement about the losses of arms, which is checked under every condition.
 *
 * @param source where it comes from
 * @param claimed in words
 * @param order arms from the lowest loss to the highest
 */
public record Order(String source, String claimed, List<String> order) {

    public Order {
        order = List.copyOf(order);
        if (order.size() < 2 || new HashSet<>(order).size() < order.size()) {
            throw new IllegalArgumentException("order must name two or more different arms, got " + order);
        }
    }
}
