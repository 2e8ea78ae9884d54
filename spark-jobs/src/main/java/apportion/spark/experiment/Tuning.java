package apportion.spark.experiment;

import java.util.HashSet;
import java.util.List;

/**
 * How each arm finds its learning rate under each condition.
 *
 * @param learningRates tried once each; empty: all arms take the optimizer's
 * @param seed of the trials that try them
 */
public record Tuning(List<Double> learningRates, long seed) {

    public Tuning {
        learningRates = List.copyOf(learningRates);
        if (new HashSet<>(learningRates).size() < learningRates.size()
                || learningRates.stream().anyMatch(rate -> !(rate > 0) || rate.isInfinite())) {
            throw new IllegalArgumentException(
                    "learning-rates must be different positive numbers, got " + learningRates);
        }
    }
}
