package apportion.spark.report;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.ParetoFront.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Loss against each cost in which layouts differ, a panel each, with the front of those that no other one beats. */
final class ParetoCharts {

    private static final double WIDTH = 350;
    private static final double HEIGHT = 250;
    private static final double LEFT = 46;
    private static final double RIGHT = 14;
    private static final double TOP = 30;
    private static final double BOTTOM = 46;

    private final ParetoFront front;
    private final List<LayoutFinding> layouts;
    private final Numbers numbers;
    private final Axis cost;
    private final Axis loss;

    private ParetoCharts(ParetoFront front, List<LayoutFinding> layouts, Numbers numbers) {
        this.front = front;
        this.layouts = layouts;
        this.numbers = numbers;
        cost = over(layouts.stream().mapToDouble(front.cost()::of).toArray(), LEFT, WIDTH - RIGHT);
        loss = over(
                layouts.stream().mapToDouble(layout -> layout.loss().value()).toArray(), HEIGHT - BOTTOM, TOP);
    }

    private static Axis over(double[] values, double start, double end) {
        double lowest = DoubleStream.of(values).min().orElseThrow();
        return Axis.over(lowest, DoubleStream.of(values).max().orElseThrow(), start, end);
    }

    /** The panels; none if layouts differ in no cost. */
    static List<Element> draw(Findings findings, Numbers numbers) {
        List<Element> panels = new ArrayList<>();
        for (Cost cost : Cost.values()) {
            if (ParetoFront.differs(cost, findings.layouts())) {
                ParetoFront front = ParetoFront.of(cost, findings.layouts());
                panels.add(new ParetoCharts(front, findings.layouts(), numbers).panel());
            }
        }
        return panels;
    }

    private Element panel() {
        String words = front.cost().words();
        Element svg =
                Drawing.figure("pareto-" + front.cost().key(), WIDTH, HEIGHT, "Loss against " + words, description());
        drawAxes(svg);
        svg.add(steps());
        layouts.stream()
                .filter(layout -> !front.layouts().contains(layout))
                .forEach(layout -> svg.add(Drawing.dot("worse", x(layout), y(layout), 3.5)));
        Element key = Element.of("ol").with("class", "key");
        for (int i = 0; i < front.layouts().size(); i++) {
            LayoutFinding layout = front.layouts().get(i);
            svg.add(
                    Drawing.square("on-front", x(layout), y(layout), 4.5),
                    Drawing.text("label middle strong", x(layout), y(layout) + 18, String.valueOf(i + 1)));
            key.add(Element.of("li", entry(layout)));
        }
        return Element.of("div").add(svg, key);
    }

    private String entry(LayoutFinding layout) {
        return LayoutNames.label(layout.layout()) + ": "
                + Numbers.rounded(front.cost().of(layout)) + ", "
                + numbers.loss(layout.loss().value());
    }

    private void drawAxes(Element svg) {
        List<Double> losses = loss.ticks(5);
        for (double tick : losses) {
            svg.add(
                    Drawing.line("grid", LEFT, loss.at(tick), WIDTH - RIGHT, loss.at(tick)),
                    Drawing.text("tick end", LEFT - 6, loss.at(tick) + 4, Numbers.fixed(tick, Axis.decimals(losses))));
        }
        double base = HEIGHT - BOTTOM;
        svg.add(Drawing.line("axis", LEFT, base, WIDTH - RIGHT, base));
        List<Double> costs = cost.ticks(4);
        boolean apart = costs.stream().map(Numbers::rounded).distinct().count() == costs.size();
        if (!apart) {
            // All their digits take more room.
            costs = cost.ticks(3);
        }
        for (double tick : costs) {
            String text = apart ? Numbers.rounded(tick) : Numbers.count(Math.round(tick));
            String anchor = cost.at(tick) > WIDTH - 36 ? "tick end" : "tick middle";
            svg.add(
                    Drawing.line("axis", cost.at(tick), base, cost.at(tick), base + 5),
                    Drawing.text(anchor, Math.min(cost.at(tick), WIDTH - 2), base + 18, text));
        }
        String better = front.cost().moreIsBetter() ? " (more is better)" : " (less is better)";
        svg.add(
                Drawing.text("axis-name", LEFT, 14, "loss, nats per token"),
                Drawing.text(
                        "axis-name middle",
                        (LEFT + WIDTH - RIGHT) / 2,
                        HEIGHT - 8,
                        front.cost().words() + better));
    }

    /** From each layout at its loss to where the next one is affordable, and down to it. */
    private Element steps() {
        List<LayoutFinding> on = front.layouts();
        double[] x = new double[2 * on.size() - 1];
        double[] y = new double[x.length];
        for (int i = 0; i < on.size(); i++) {
            x[2 * i] = x(on.get(i));
            y[2 * i] = y(on.get(i));
            if (i > 0) {
                x[2 * i - 1] = x(on.get(i));
                y[2 * i - 1] = y(on.get(i - 1));
            }
        }
        return Drawing.path("front", x, y);
    }

    private double x(LayoutFinding layout) {
        return cost.at(front.cost().of(layout));
    }

    private double y(LayoutFinding layout) {
        return loss.at(layout.loss().value());
    }

    private String description() {
        return front.layouts().stream()
                .map(this::entry)
                .collect(Collectors.joining("; ", "On the front, cheapest first: ", "."));
    }
}
