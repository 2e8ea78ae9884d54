package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Comparison.Finding;
import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import apportion.spark.statistics.Holm;
import apportion.spark.study.Claim;
import apportion.spark.study.Order;
import apportion.spark.study.OrderCheck;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The statements about orders of arms, and what the runs say of them.
 *
 * <p>The rule: neighbours in an order differ where the p-value of their difference, paired over seeds (and documents
 * where these were measured) and corrected after Holm for all neighbours of all orders under all conditions, is below
 * 0.05; {@link OrderCheck} has the rest.
 */
final class OrderClaims {

    private static final double LEVEL = 0.05;
    private static final int DECIMALS = 4;

    static final String RULE = "Neighbours differ where p, paired and corrected after Holm for all neighbours of all"
            + " statements and conditions, is below 0.05";

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
            claims.add(check(checked, own).claim(RULE));
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

    private static OrderCheck check(Checked checked, double[] adjusted) {
        return new OrderCheck(
                checked.order(),
                checked.condition(),
                IntStream.range(0, adjusted.length)
                        .mapToObj(i -> {
                            Step step = checked.steps().get(i);
                            return new OrderCheck.Step(
                                    difference(step), adjusted[i] < LEVEL, measured(step, adjusted[i]));
                        })
                        .toList());
    }

    private static double difference(Step step) {
        return step.finding().flatMap(Finding::toBaseline).map(Estimate::value).orElse(0.0);
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
