package apportion.spark.study;

import java.util.List;
import java.util.stream.Collectors;

/**
 * An order of losses, neighbour by neighbour. It agrees if all neighbours are told apart the way it says, disagrees if
 * two are told apart the other way round, and otherwise cannot be told.
 *
 * @param where under what it was checked, such as a condition; may be empty
 * @param steps neighbours, from the lowest loss to the highest
 */
public record OrderCheck(Order order, String where, List<Step> steps) {

    /** The part of the rule that does not depend on how neighbours are told apart. */
    public static final String RULE =
            "a statement agrees if all its neighbours differ as it says and disagrees if two differ the other way round";

    /**
     * Two neighbours.
     *
     * @param difference loss of what should lose more, less that of the other one
     * @param told whether the difference is told from 0, corrected for all comparisons
     * @param measured in words
     */
    public record Step(double difference, boolean told, String measured) {}

    public OrderCheck {
        steps = List.copyOf(steps);
    }

    /**
     * The verdict.
     *
     * @param rule that tells neighbours apart, as a clause
     */
    public Claim claim(String rule) {
        long asSaid =
                steps.stream().filter(step -> step.told && step.difference > 0).count();
        long against =
                steps.stream().filter(step -> step.told && step.difference < 0).count();
        return new Claim(
                order.source(),
                order.claimed() + (where.isEmpty() ? "" : " (" + where + ")"),
                steps.stream().map(Step::measured).collect(Collectors.joining("; ")) + ".",
                Agreement.of(asSaid == steps.size(), against > 0),
                rule + "; " + RULE);
    }
}
