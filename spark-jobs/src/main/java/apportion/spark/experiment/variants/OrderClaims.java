package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Comparison.Finding;
import apportion.spark.page.Numbers;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Check;
import apportion.spark.study.Claim;
import apportion.spark.study.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * The statements about orders of arms, and what the runs say of them.
 *
 * <p>Neighbours are paired over seeds, and documents where these were measured; {@link Check} has the rule, by which
 * all orders under all conditions are checked together.
 */
final class OrderClaims {

    private static final int DECIMALS = 4;

    private OrderClaims() {}

    static List<Claim> of(Variants config, List<TrialRun> runs) {
        List<Check> checks = new ArrayList<>();
        for (Order order : config.claims()) {
            for (Variant condition : config.conditions()) {
                List<TrialRun> within = runs.stream()
                        .filter(run -> run.condition().equals(condition.name()))
                        .toList();
                checks.add(Check.of(order, condition.name(), steps(order, within)));
            }
        }
        return Check.claims(checks);
    }

    private static List<Check.Step> steps(Order order, List<TrialRun> runs) {
        List<Check.Step> steps = new ArrayList<>();
        for (int i = 1; i < order.order().size(); i++) {
            steps.add(step(order.order().get(i - 1), order.order().get(i), runs));
        }
        return steps;
    }

    /** Of two neighbours, of which {@code higher} should lose more. */
    private static Check.Step step(String lower, String higher, List<TrialRun> runs) {
        Optional<Finding> finding = Comparison.between(higher, lower, runs);
        return new Check.Step(
                finding.flatMap(Finding::toBaseline).map(Estimate::value).orElse(0.0),
                finding.map(Finding::pValue).orElse(OptionalDouble.empty()),
                higher + " less " + lower + ": "
                        + finding.map(OrderClaims::shown).orElse("a run is missing"));
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
