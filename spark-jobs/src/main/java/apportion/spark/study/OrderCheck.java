package apportion.spark.study;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.Holm;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A statement about the order of losses, neighbour by neighbour. Neighbours differ where the p-value of their
 * difference, corrected after Holm for all neighbours of all statements that are checked together, is below 0.05. The
 * statement agrees if all neighbours differ the way it says, disagrees if two differ the other way round, and otherwise
 * cannot be told.
 *
 * @param where under what it was checked, such as a condition; may be empty
 * @param steps neighbours, from the lowest loss to the highest
 */
public record OrderCheck(Order order, String where, List<Step> steps) {

    private static final double LEVEL = 0.05;

    private static final String RULE =
            "Neighbours differ where p, paired and corrected after Holm for all neighbours of all statements, is below"
                    + " 0.05; a statement agrees if all its neighbours differ as it says and disagrees if two differ the"
                    + " other way round";

    /**
     * Two neighbours.
     *
     * @param difference loss of what should lose more, less that of the other one
     * @param pValue of that difference, by itself; unknown where a run is missing or nothing is known of the noise
     * @param measured in words
     */
    public record Step(double difference, OptionalDouble pValue, String measured) {}

    public OrderCheck {
        steps = List.copyOf(steps);
    }

    /** The verdicts on all statements that are checked together. */
    public static List<Claim> claims(List<OrderCheck> checks) {
        // Where nothing is known nothing is rejected.
        double[] adjusted = Holm.adjusted(checks.stream()
                .flatMap(check -> check.steps.stream())
                .mapToDouble(step -> step.pValue.orElse(1))
                .toArray());
        List<Claim> claims = new ArrayList<>();
        int next = 0;
        for (OrderCheck check : checks) {
            int asSaid = 0;
            int against = 0;
            List<String> measured = new ArrayList<>();
            for (Step step : check.steps) {
                double p = adjusted[next++];
                asSaid += p < LEVEL && step.difference > 0 ? 1 : 0;
                against += p < LEVEL && step.difference < 0 ? 1 : 0;
                measured.add(step.measured + (step.pValue.isPresent() ? ", p after Holm " + Numbers.pValue(p) : ""));
            }
            claims.add(new Claim(
                    check.order.source(),
                    check.order.claimed() + (check.where.isEmpty() ? "" : " (" + check.where + ")"),
                    String.join("; ", measured) + ".",
                    Agreement.of(asSaid == check.steps.size(), against > 0),
                    RULE));
        }
        return claims;
    }
}
