package apportion.spark.study;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.Holm;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * A statement that one or more differences decide. A difference is told where its p-value, corrected after Holm for all
 * differences of all statements that are checked together, is below 0.05. The statement agrees if all its differences
 * are told and go the way it says, disagrees if one is told that goes the other way, and otherwise cannot be told.
 *
 * @param source where it comes from
 * @param claimed the statement
 * @param measured what was found of the whole; may be empty
 * @param steps its differences
 * @param rule in words
 */
public record Check(String source, String claimed, String measured, List<Step> steps, String rule) {

    private static final double LEVEL = 0.05;

    private static final String ORDER =
            "Neighbours differ where p, paired and corrected after Holm for all neighbours of all statements, is below"
                    + " 0.05; a statement agrees if all its neighbours differ as it says and disagrees if two differ the"
                    + " other way round";

    /**
     * A difference.
     *
     * @param difference above 0 if it goes the way the statement says
     * @param pValue that it is 0, by itself; unknown where a run is missing or nothing is known of the noise
     * @param measured in words; may be empty
     */
    public record Step(double difference, OptionalDouble pValue, String measured) {

        /** Nothing can be told, for a reason. */
        public static Step unknown(String because) {
            return new Step(0, OptionalDouble.empty(), because);
        }

        private String words(double adjusted) {
            return measured.isEmpty() || pValue.isEmpty()
                    ? measured
                    : measured + ", p after Holm " + Numbers.pValue(adjusted);
        }
    }

    public Check {
        steps = List.copyOf(steps);
    }

    /**
     * An order of losses.
     *
     * @param where under what it was checked, such as a condition; may be empty
     * @param steps neighbours, from the lowest loss to the highest: that of the higher one less that of the lower one
     */
    public static Check of(Order order, String where, List<Step> steps) {
        String claimed = order.claimed() + (where.isEmpty() ? "" : " (" + where + ")");
        return new Check(order.source(), claimed, "", steps, ORDER);
    }

    /** The verdicts on all statements that are checked together. */
    public static List<Claim> claims(List<Check> checks) {
        // Where nothing is known nothing is rejected.
        double[] adjusted = Holm.adjusted(checks.stream()
                .flatMap(check -> check.steps.stream())
                .mapToDouble(step -> step.pValue.orElse(1))
                .toArray());
        List<Claim> claims = new ArrayList<>();
        int next = 0;
        for (Check check : checks) {
            int asSaid = 0;
            int against = 0;
            List<String> found = new ArrayList<>();
            for (Step step : check.steps) {
                double p = adjusted[next++];
                asSaid += p < LEVEL && step.difference > 0 ? 1 : 0;
                against += p < LEVEL && step.difference < 0 ? 1 : 0;
                found.add(step.words(p));
            }
            String ofSteps = String.join(
                    "; ", found.stream().filter(words -> !words.isEmpty()).toList());
            claims.add(new Claim(
                    check.source,
                    check.claimed,
                    String.join(
                            " ",
                            Stream.of(check.measured, ofSteps.isEmpty() ? "" : ofSteps + ".")
                                    .filter(words -> !words.isEmpty())
                                    .toList()),
                    Agreement.of(asSaid == check.steps.size(), against > 0),
                    check.rule));
        }
        return claims;
    }
}
