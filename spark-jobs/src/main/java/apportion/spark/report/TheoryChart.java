package apportion.spark.report;

import apportion.model.allocation.HeadCurve;
import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;

/** Theory's bound against the number of heads, on the axis of heads of the {@link LossChart} above it. */
final class TheoryChart {

    private static final double HEIGHT = 236;
    private static final double TOP = 30;
    private static final double BOTTOM = 64;

    private TheoryChart() {}

    /**
     * The chart.
     *
     * @param layouts those of the chart above that have a bound; at least one
     */
    static Element draw(TheoryFinding theory, List<LayoutFinding> layouts, String id, double width) {
        double right = width - LossChart.RIGHT;
        HeadAxis heads = HeadAxis.of(layouts, LossChart.LEFT, right);
        List<HeadCurve.Point> curve = theory.curve().stream()
                .filter(point -> heads.holds(theory.served() * point.heads()))
                .toList();
        double[] shown = DoubleStream.concat(
                        curve.stream().mapToDouble(HeadCurve.Point::bound),
                        layouts.stream().mapToDouble(layout -> theory.bound(layout.layout())))
                .toArray();
        Axis bound = Axis.over(
                DoubleStream.of(shown).min().orElseThrow(),
                DoubleStream.of(shown).max().orElseThrow(),
                HEIGHT - BOTTOM,
                TOP);
        Element svg = Drawing.figure(
                id, width, HEIGHT, "Theory\u2019s bound against the number of heads", description(theory, layouts));
        List<Double> ticks = bound.ticks(4);
        for (double tick : ticks) {
            String text = Numbers.fixed(tick, Axis.decimals(ticks));
            svg.add(
                    Drawing.line("grid", LossChart.LEFT, bound.at(tick), right, bound.at(tick)),
                    Drawing.text("tick end", LossChart.LEFT - 8, bound.at(tick) + 4, text));
        }
        heads.draw(svg, HEIGHT - BOTTOM);
        svg.add(
                Drawing.text("axis-name", LossChart.LEFT, 14, "theory\u2019s bound on a layer\u2019s error"),
                Drawing.path(
                        "theory",
                        curve.stream()
                                .mapToDouble(point -> heads.at(theory.served() * point.heads()))
                                .toArray(),
                        curve.stream()
                                .mapToDouble(point -> bound.at(point.bound()))
                                .toArray()));
        for (LayoutFinding layout : layouts) {
            double x = heads.at(layout.layout().heads());
            svg.add(Drawing.square("bound", x, bound.at(theory.bound(layout.layout())), 4));
        }
        return svg;
    }

    private static String description(TheoryFinding theory, List<LayoutFinding> layouts) {
        return layouts.stream()
                .map(layout ->
                        LayoutNames.words(layout.layout()) + ": " + Numbers.fixed(theory.bound(layout.layout()), 3))
                .collect(Collectors.joining(". ", "", "."));
    }
}
