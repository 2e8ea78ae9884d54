package apportion.spark.report;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.statistics.Interval;
import java.util.List;
import java.util.stream.DoubleStream;

/** How much more each layout loses than the best: a row each, with an interval that holds 0 or does not. */
final class DifferenceChart {

    private static final double ROW = 26;
    private static final double TOP = 26;
    private static final double BOTTOM = 28;
    private static final double RIGHT = 16;

    private DifferenceChart() {}

    static Element draw(Findings findings, Numbers numbers, String id, double width) {
        List<LayoutFinding> layouts = findings.layouts();
        double height = TOP + ROW * layouts.size() + BOTTOM;
        int longest = layouts.stream()
                .mapToInt(layout -> LayoutNames.label(layout.layout()).length())
                .max()
                .orElseThrow();
        double left = Math.min(0.56 * width, Math.max(72, 26 + 8.8 * longest));
        double[] shown = layouts.stream()
                .flatMapToDouble(layout -> DoubleStream.concat(
                        DoubleStream.of(layout.toBest().value()),
                        layout.toBest().interval().stream().flatMapToDouble(i -> DoubleStream.of(i.low(), i.high()))))
                .toArray();
        Axis axis = Axis.over(
                Math.min(0, DoubleStream.of(shown).min().orElseThrow()),
                DoubleStream.of(shown).max().orElseThrow(),
                left,
                width - RIGHT);

        Element svg = Drawing.figure(
                id, width, height, "Loss of each layout minus that of the best", description(findings, numbers));
        double base = TOP + ROW * layouts.size();
        List<Double> ticks = axis.ticks((int) Math.max(2, Math.min(7, (width - left) / 60)));
        for (double tick : ticks) {
            svg.add(
                    Drawing.line("grid", axis.at(tick), TOP, axis.at(tick), base),
                    Drawing.text("tick middle", axis.at(tick), base + 17, Numbers.fixed(tick, Axis.decimals(ticks))));
        }
        svg.add(
                Drawing.line("zero", axis.at(0), TOP - 6, axis.at(0), base + 4),
                Drawing.text("axis-name end", width - RIGHT, 13, "worse than the best, nats per token \u2192"));
        for (int i = 0; i < layouts.size(); i++) {
            drawRow(svg, layouts.get(i), axis, left, TOP + ROW * (i + 0.5));
        }
        return svg;
    }

    private static void drawRow(Element svg, LayoutFinding layout, Axis axis, double left, double y) {
        boolean best = layout.standing() == Standing.BEST;
        svg.add(Drawing.text(
                best ? "label end strong" : "label end", left - 12, y + 4, LayoutNames.label(layout.layout())));
        if (!best) {
            layout.toBest()
                    .interval()
                    .ifPresent(i -> svg.add(Drawing.interval(axis.at(i.low()), y, axis.at(i.high()), y)));
        }
        svg.add(LossChart.marker(layout.standing(), axis.at(layout.toBest().value()), y));
    }

    private static String description(Findings findings, Numbers numbers) {
        StringBuilder text = new StringBuilder();
        for (LayoutFinding layout : findings.layouts()) {
            text.append(LayoutNames.words(layout.layout()))
                    .append(": ")
                    .append(numbers.signed(layout.toBest().value()));
            Interval none = new Interval(0, 0);
            Interval interval = layout.toBest().interval().orElse(none);
            text.append(interval.equals(none) ? "" : ", " + numbers.signedRange(interval))
                    .append(". ");
        }
        return text.toString().strip();
    }
}
