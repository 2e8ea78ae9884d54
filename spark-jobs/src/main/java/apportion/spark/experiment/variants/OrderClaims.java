package apportion.spark.experiment.variants;

import apportion.spark.experiment.Order;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Comparison.Finding;
import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Agreement;
import apportion.spark.study.Claim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The statements about orders of arms, and what the runs say of them.
 *
 * <p>The rule: neighbours in an order differ where the p-value of their difference, paired over seeds (and documents
 * where these were measured) and corrected after Holm for all neighbours of all orders under all conditions, is below
 * 0.05. An order agrees if all its neighbours differ the way it says, disagrees if two of them differ the other way
 * round, and otherwise cannot be told.
 */
final class OrderClaims {

    private static final double LEVEL = 0.05;
    private static final int DECIMALS = 4;

    static final String RULE = "Neighbours differ where p, paired and corrected after Holm for all neighbours of all"
            + " statements and conditions, is below 0.05; a statement agrees if all its neighbours differ as it says and"
            + " disagrees if two differ the other way round.";

    /** Two neighbours; {@code higher} should lose more than {@code lower}. */
    private record Step(String lower, String higher, Optional<Finding> finding) {}

    /** One order under one condition. */
    private record Checked(Order order, String condition, List<Step> steps) {}

    private OrderClaims() {}

    static List<Claim> of(Variants config, List<TrialRun> runs) {
        List<Checked> all = new ArrayList<>();
        for (Order order : config.claims()) {
            for (Variant condition : config.conditions()) {
                List<TrialRun> within = runs.stream()
                        .filter(run -> run.condition().equals(condition.name()))
                        .toList();
                all.add(new Checked(order, condition.name(), steps(order, within)));
            }
        }
        double[] adjusted = Holm.adjusted(all.stream()
                .flatMap(checked -> checked.steps().stream())
                .mapToDouble(OrderClaims::pValue)
                .toArray());
        List<Claim> claims = new ArrayList<>();
        int next = 0;
        for (Checked checked : all) {
            double[] own =
                    Arrays.copyOfRange(adjusted, next, next + checked.steps().size());
            next += own.length;
            claims.add(claim(checked, own));
        }
        return claims;
    }

    private static List<Step> steps(Order order, List<TrialRun> runs) {
        List<Step> steps = new ArrayList<>();
        for (int i = 1; i < order.order().size(); i++) {
            String lower = order.order().get(i - 1);
            String higher = order.order().get(i);
            steps.add(new Step(lower, higher, Comparison.between(higher, lower, runs)));
        }
        return steps;
    }

    /** 1 where nothing is known, which rejects nothing. */
    private static double pValue(Step step) {
        return step.finding().map(finding -> finding.pValue().orElse(1)).orElse(1.0);
    }

    private static Claim claim(Checked checked, double[] adjusted) {
        List<String> measured = new ArrayList<>();
        int asSaid = 0;
        int against = 0;
        for (int i = 0; i < adjusted.length; i++) {
            Step step = checked.steps().get(i);
            double difference = step.finding()
                    .flatMap(Finding::toBaseline)
                    .map(Estimate::value)
                    .orElse(0.0);
            asSaid += adjusted[i] < LEVEL && difference > 0 ? 1 : 0;
            against += adjusted[i] < LEVEL && difference < 0 ? 1 : 0;
            measured.add(measured(step, adjusted[i]));
        }
        return new Claim(
                checked.order().source(),
                checked.order().claimed() + " (" + checked.condition() + ")",
                String.join("; ", measured) + ".",
                Agreement.of(against == 0 && asSaid == adjusted.length, against > 0),
                RULE);
    }

    private static String measured(Step step, double adjusted) {
        String names = step.higher() + " less " + step.lower() + ": ";
        return step.finding()
                .map(finding -> names + shown(finding) + ", p after Holm " + Numbers.fixed(adjusted, DECIMALS))
                .orElse(names + "a run is missing");
    }

    private static String shown(Finding finding) {
        String value = finding.toBaseline().stream()
                .map(difference -> Numbers.fixed(difference.value(), DECIMALS)
                        + difference
                                .interval()
                                .map(interval -> " (95% interval " + Numbers.fixed(interval.low(), DECIMALS) + " to "
                                        + Numbers.fixed(interval.high(), DECIMALS) + ")")
                                .orElse(""))
                .collect(Collectors.joining());
        return finding.detectable().isPresent()
                ? value + ", detectable " + Numbers.fixed(finding.detectable().getAsDouble(), DECIMALS)
                : value;
    }
}
