package apportion.spark.report;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.statistics.Interval;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Loss against the number of heads at one attention width, with an interval and one dot a seed for each layout. */
final class LossChart {

    static final double LEFT = 52;
    static final double RIGHT = 16;
    private static final double HEIGHT = 346;
    private static final double TOP = 30;
    private static final double BOTTOM = 64;

    private final List<LayoutFinding> layouts;
    private final Numbers numbers;
    private final double width;
    private final HeadAxis heads;
    private final Axis loss;

    private LossChart(List<LayoutFinding> layouts, Axis loss, Numbers numbers, double width) {
        this.layouts = layouts;
        this.numbers = numbers;
        this.width = width;
        this.loss = loss;
        heads = HeadAxis.of(layouts, LEFT, width - RIGHT);
    }

    /**
     * The chart of the layouts that are scored in one way; all ways have one axis of losses.
     *
     * @param id tells the elements of one drawing from those of another on the same page
     */
    static Element draw(Findings findings, Scoring scoring, Numbers numbers, String id, double width) {
        List<LayoutFinding> shown = findings.scorings().stream()
                .flatMap(each -> findings.atOneWidth(each).stream())
                .toList();
        return new LossChart(findings.atOneWidth(scoring), losses(shown), numbers, width).draw(scoring, id);
    }

    private static Axis losses(List<LayoutFinding> layouts) {
        double[] shown = layouts.stream()
                .flatMapToDouble(layout -> DoubleStream.concat(
                        interval(layout).stream().flatMapToDouble(i -> DoubleStream.of(i.low(), i.high())),
                        layout.trials().stream()
                                .mapToDouble(trial -> trial.validation().loss())))
                .toArray();
        return Axis.over(
                DoubleStream.of(shown).min().orElseThrow(),
                DoubleStream.of(shown).max().orElseThrow(),
                HEIGHT - BOTTOM,
                TOP);
    }

    private Element draw(Scoring scoring, String id) {
        String with = scoring.label().isEmpty() ? "" : " with " + scoring.label();
        Element svg =
                Drawing.figure(id, width, HEIGHT, "Validation loss against the number of heads" + with, description());
        drawAxes(svg, with);
        svg.add(Drawing.path(
                "trend",
                layouts.stream().mapToDouble(this::x).toArray(),
                layouts.stream().mapToDouble(this::y).toArray()));
        layouts.forEach(layout -> drawLayout(svg, layout));
        return svg;
    }

    private String description() {
        return layouts.stream()
                .map(layout -> LayoutNames.words(layout.layout()) + ": "
                        + numbers.loss(layout.loss().value())
                        + interval(layout).map(i -> ", " + numbers.range(i)).orElse(""))
                .collect(Collectors.joining(". ", "", "."));
    }

    private void drawAxes(Element svg, String with) {
        List<Double> ticks = loss.ticks(6);
        for (double tick : ticks) {
            svg.add(
                    Drawing.line("grid", LEFT, loss.at(tick), width - RIGHT, loss.at(tick)),
                    Drawing.text("tick end", LEFT - 8, loss.at(tick) + 4, Numbers.fixed(tick, Axis.decimals(ticks))));
        }
        heads.draw(svg, HEIGHT - BOTTOM);
        svg.add(Drawing.text("axis-name", LEFT, 14, "loss" + with + ", nats per token"));
    }

    private void drawLayout(Element svg, LayoutFinding layout) {
        double x = x(layout);
        for (TrialFinding trial : layout.trials()) {
            svg.add(Drawing.dot("seed", x + 11, loss.at(trial.validation().loss()), 2.2));
        }
        interval(layout).ifPresent(i -> svg.add(Drawing.interval(x, loss.at(i.low()), x, loss.at(i.high()))));
        svg.add(marker(layout.standing(), x, y(layout)));
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
    static Optional<Interval> interval(LayoutFinding layout) {
        double shift = layout.loss().value() - layout.againstAll().value();
        return layout.againstAll().interval().map(i -> new Interval(i.low() + shift, i.high() + shift));
    }

    private double x(LayoutFinding layout) {
        return heads.at(layout.layout().heads());
    }

    private double y(LayoutFinding layout) {
        return loss.at(layout.loss().value());
    }

    /** A filled diamond for the best, a filled disc for what equals it, a ring for what is worse or unknown. */
    static Element marker(Standing standing, double x, double y) {
        return switch (standing) {
            case BEST ->
                Drawing.path("best", new double[] {x, x + 7, x, x - 7, x}, new double[] {y - 7, y, y + 7, y, y - 7});
            case NOT_TOLD_APART -> Drawing.dot("level", x, y, 5);
            case WORSE, UNKNOWN -> Drawing.dot("worse", x, y, 4.5);
        };
    }
}
