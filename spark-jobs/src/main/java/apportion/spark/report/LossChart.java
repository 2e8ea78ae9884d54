package apportion.spark.report;

import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.report.markup.Element;
import apportion.spark.report.statistics.Interval;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.DoubleStream;

/** Loss against the number of heads, with an interval and one dot a seed for each layout. */
final class LossChart {

    private static final double HEIGHT = 346;
    private static final double LEFT = 52;
    private static final double RIGHT = 16;
    private static final double TOP = 30;
    private static final double BOTTOM = 64;

    private final Findings findings;
    private final Numbers numbers;
    private final double width;
    private final Axis heads;
    private final Axis loss;

    private LossChart(Findings findings, Numbers numbers, double width) {
        this.findings = findings;
        this.numbers = numbers;
        this.width = width;
        List<LayoutFinding> layouts = findings.layouts();
        double fewest = log2(layouts.get(0).layout().heads());
        double most = log2(layouts.get(layouts.size() - 1).layout().heads());
        heads = new Axis(fewest - 0.45, most + 0.45, LEFT, width - RIGHT);
        double[] shown = layouts.stream()
                .flatMapToDouble(layout -> DoubleStream.concat(
                        interval(layout).stream().flatMapToDouble(i -> DoubleStream.of(i.low(), i.high())),
                        layout.trials().stream()
                                .mapToDouble(trial -> trial.validation().loss())))
                .toArray();
        loss = Axis.over(
                DoubleStream.of(shown).min().orElseThrow(),
                DoubleStream.of(shown).max().orElseThrow(),
                HEIGHT - BOTTOM,
                TOP);
    }

    /** @param id tells the elements of one drawing from those of another on the same page */
    static Element draw(Findings findings, Numbers numbers, String id, double width) {
        return new LossChart(findings, numbers, width).draw(id);
    }

    private Element draw(String id) {
        Element svg = Drawing.figure(
                id,
                width,
                HEIGHT,
                "Validation loss against the number of heads",
                Verdict.of(findings, numbers).headline());
        drawAxes(svg);
        List<LayoutFinding> layouts = findings.layouts();
        svg.add(Drawing.path(
                "trend",
                layouts.stream().mapToDouble(this::x).toArray(),
                layouts.stream().mapToDouble(this::y).toArray()));
        layouts.forEach(layout -> drawLayout(svg, layout));
        return svg;
    }

    private void drawAxes(Element svg) {
        List<Double> ticks = loss.ticks(6);
        for (double tick : ticks) {
            svg.add(
                    Drawing.line("grid", LEFT, loss.at(tick), width - RIGHT, loss.at(tick)),
                    Drawing.text("tick end", LEFT - 8, loss.at(tick) + 4, Numbers.fixed(tick, Axis.decimals(ticks))));
        }
        double base = HEIGHT - BOTTOM;
        svg.add(Drawing.line("axis", LEFT, base, width - RIGHT, base));
        double lastLabel = Double.NEGATIVE_INFINITY;
        for (Map.Entry<Integer, String> entry : labels().entrySet()) {
            double x = heads.at(log2(entry.getKey()));
            svg.add(Drawing.line("axis", x, base, x, base + 5));
            if (x - lastLabel >= 34) {
                lastLabel = x;
                svg.add(
                        Drawing.text("tick middle strong", x, base + 19, Integer.toString(entry.getKey())),
                        Drawing.text("tick middle", x, base + 36, entry.getValue()));
            }
        }
        svg.add(
                Drawing.text("axis-name", LEFT, 14, "loss, nats per token"),
                Drawing.text(
                        "axis-name middle",
                        (LEFT + width - RIGHT) / 2,
                        HEIGHT - 6,
                        "heads (bold) of dimension (below)"));
    }

    /** Heads to head dimension; where layouts share a number of heads, the first of them speaks. */
    private Map<Integer, String> labels() {
        Map<Integer, String> labels = new TreeMap<>();
        for (LayoutFinding layout : findings.layouts()) {
            boolean equal = layout.layout().groups().size() == 1;
            labels.putIfAbsent(layout.layout().heads(), equal ? Numbers.headDims(layout.layout()) : "mixed");
        }
        return labels;
    }

    private void drawLayout(Element svg, LayoutFinding layout) {
        double x = x(layout);
        for (TrialFinding trial : layout.trials()) {
            svg.add(Drawing.dot("seed", x + 11, loss.at(trial.validation().loss()), 2.2));
        }
        interval(layout).ifPresent(i -> svg.add(Drawing.interval(x, loss.at(i.low()), x, loss.at(i.high()))));
        svg.add(Drawing.marker(layout.standing(), x, y(layout)));
        if (layout.standing() == LayoutFinding.Standing.BEST) {
            double above = loss.at(
                    interval(layout).map(Interval::high).orElse(layout.loss().value()));
            svg.add(Drawing.text(
                    "label middle strong",
                    x,
                    above - 10,
                    numbers.loss(layout.loss().value())));
        }
    }

    /** Without what moves all layouts alike, which would hide their differences. */
    private static Optional<Interval> interval(LayoutFinding layout) {
        double shift = layout.loss().value() - layout.againstAll().value();
        return layout.againstAll().interval().map(i -> new Interval(i.low() + shift, i.high() + shift));
    }

    private double x(LayoutFinding layout) {
        return heads.at(log2(layout.layout().heads()));
    }

    private double y(LayoutFinding layout) {
        return loss.at(layout.loss().value());
    }

    private static double log2(int value) {
        return Math.log(value) / Math.log(2);
    }
}
