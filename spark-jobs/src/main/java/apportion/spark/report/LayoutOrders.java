package apportion.spark.report;

import apportion.spark.page.Numbers;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Claim;
import apportion.spark.study.Order;
import apportion.spark.study.OrderCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * The statements about orders of layouts, and what the trials say of them.
 *
 * <p>Layouts are named with how they are scored, or without: then the order is checked for each way to score that all
 * of them were tried with. Neighbours differ where the interval of their difference, which holds for all pairs of
 * layouts of the sweep at once, leaves out 0.
 */
final class LayoutOrders {

    private static final String RULE =
            "Neighbours differ where the 95% interval of their difference, which holds for all pairs of layouts at once,"
                    + " leaves out 0";

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
        List<Claim> claims = new ArrayList<>();
        for (Order order : orders) {
            List<List<Integer>> cases = cases(order);
            for (List<Integer> places : cases) {
                boolean alike = places.stream()
                                .map(place -> layouts.get(place).scoring())
                                .distinct()
                                .count()
                        == 1;
                String scoring = alike ? layouts.get(places.get(0)).scoring().label() : "";
                claims.add(new OrderCheck(order, scoring, steps(places, alike)).claim(RULE));
            }
            if (cases.isEmpty()) {
                claims.add(new OrderCheck(
                                order, "", List.of(new OrderCheck.Step(0, false, "A layout has no finished trial")))
                        .claim(RULE));
            }
        }
        return claims;
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
    private List<OrderCheck.Step> steps(List<Integer> places, boolean alike) {
        List<OrderCheck.Step> steps = new ArrayList<>();
        for (int i = 1; i < places.size(); i++) {
            steps.add(step(places.get(i - 1), places.get(i), alike));
        }
        return steps;
    }

    private OrderCheck.Step step(int lower, int higher, boolean alike) {
        Estimate difference = design.difference(higher, lower);
        boolean told = design.knowsSeedNoise()
                && difference.interval().filter(range -> !range.contains(0)).isPresent();
        OptionalDouble detectable = design.knowsSeedNoise() ? design.detectable(higher, lower) : OptionalDouble.empty();
        Numbers numbers = new Numbers(4);
        String measured = name(higher, alike) + " less " + name(lower, alike) + ": "
                + numbers.signed(difference.value())
                + difference
                        .interval()
                        .map(range -> " (" + numbers.signedRange(range) + ")")
                        .orElse("")
                + (detectable.isPresent() ? ", detectable " + numbers.loss(detectable.getAsDouble()) : "");
        return new OrderCheck.Step(difference.value(), told, measured);
    }

    private String name(int place, boolean alike) {
        Layout layout = layouts.get(place);
        return alike ? LayoutNames.heads(layout) : LayoutNames.label(layout);
    }
}
