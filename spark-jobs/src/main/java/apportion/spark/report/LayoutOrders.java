package apportion.spark.report;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Check;
import apportion.spark.study.Claim;
import apportion.spark.study.Order;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The statements about orders of layouts, and what the trials say of them.
 *
 * <p>Layouts are named with how they are scored, or without: then the order is checked for each way to score that all
 * of them were tried with. {@link Check} has the rule: statements are made before looking, so they are corrected for
 * each other only, and not, as the report's intervals are, for all pairs of layouts.
 */
final class LayoutOrders {

    private final List<Layout> layouts;
    private final BlockDesign design;

    /**
     * Prepares the checks.
     *
     * @param layouts with a finished trial, as the design numbers them
     */
    LayoutOrders(List<Layout> layouts, BlockDesign design) {
        this.layouts = layouts;
        this.design = design;
    }

    List<Claim> check(List<Order> orders) {
        List<Check> checks = new ArrayList<>();
        for (Order order : orders) {
            List<List<Integer>> cases = cases(order);
            for (List<Integer> places : cases) {
                boolean alike = places.stream()
                                .map(place -> layouts.get(place).scoring())
                                .distinct()
                                .count()
                        == 1;
                String scoring = alike ? layouts.get(places.get(0)).scoring().label() : "";
                checks.add(Check.of(order, scoring, steps(places, alike)));
            }
            if (cases.isEmpty()) {
                checks.add(Check.of(order, "", List.of(Check.Step.unknown("A layout has no finished trial"))));
            }
        }
        return Check.claims(checks);
    }

    /** The places of an order's layouts, once for each way to score. */
    private List<List<Integer>> cases(Order order) {
        List<String> all = layouts.stream().map(Layout::toString).toList();
        List<List<Integer>> cases = new ArrayList<>();
        for (Scoring scoring : Scoring.values()) {
            List<Integer> places = order.order().stream()
                    .map(name -> all.indexOf(Layout.named(name, scoring)))
                    .toList();
            if (!places.contains(-1) && !cases.contains(places)) {
                cases.add(places);
            }
        }
        return cases;
    }

    /**
     * The neighbours.
     *
     * @param alike whether all are scored alike, which the claim says once
     */
    private List<Check.Step> steps(List<Integer> places, boolean alike) {
        List<Check.Step> steps = new ArrayList<>();
        for (int i = 1; i < places.size(); i++) {
            steps.add(step(places.get(i - 1), places.get(i), alike));
        }
        return steps;
    }

    private Check.Step step(int lower, int higher, boolean alike) {
        Estimate difference = design.differenceAlone(higher, lower);
        OptionalDouble none = OptionalDouble.empty();
        OptionalDouble detectable = design.knowsSeedNoise() ? design.detectableAlone(higher, lower) : none;
        Numbers numbers = new Numbers(4);
        String measured = name(higher, alike) + " less " + name(lower, alike) + ": "
                + numbers.signed(difference.value())
                + difference
                        .interval()
                        .map(range -> " (" + numbers.signedRange(range) + ")")
                        .orElse("")
                + (detectable.isPresent() ? ", detectable " + numbers.loss(detectable.getAsDouble()) : "");
        return new Check.Step(
                difference.value(), design.knowsSeedNoise() ? design.pValue(higher, lower) : none, measured);
    }

    private String name(int place, boolean alike) {
        Layout layout = layouts.get(place);
        return alike ? LayoutNames.heads(layout) : LayoutNames.label(layout);
    }
}
