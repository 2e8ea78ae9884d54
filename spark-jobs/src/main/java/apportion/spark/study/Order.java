package apportion.spark.study;

import java.util.HashSet;
import java.util.List;

/**
 * A statement about the order of losses.
 *
 * @param source where it comes from
 * @param claimed in words
 * @param order names of what is compared, from the lowest loss to the highest
 */
public record Order(String source, String claimed, List<String> order) {

    public Order {
        order = List.copyOf(order);
        if (order.size() < 2 || new HashSet<>(order).size() < order.size()) {
            throw new IllegalArgumentException("order must name two or more different arms, got " + order);
        }
    }
}
