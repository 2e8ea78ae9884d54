package apportion.spark.study;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;
import apportion.spark.statistics.Interval;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;

/**
 * Values against values, in several series.
 *
 * @param title what it shows
 * @param caption how to read it
 * @param x horizontal axis
 * @param y vertical axis
 * @param series at least one, with at least one point in all
 */
public record Chart(String title, String caption, Measure x, Measure y, List<Series> series) {

    private static final double HEIGHT = 346;
    private static final double LEFT = 56;
    private static final double RIGHT = 16;
    private static final double TOP = 30;
    private static final double BOTTOM = 58;
    private static final double LEGEND_ROW = 18;

    /** What an axis shows: a name with its unit, and how values lie on it. */
    public record Measure(String name, Scale scale) {}

    public Chart {
        series = List.copyOf(series);
    }

    /** The figure, once for a wide window and once for a phone. */
    public Element figure() {
        return Html.figure(title, caption, this::draw);
    }

    private Element draw(String id, double width) {
        double legend = LEGEND_ROW * legendRows(width);
        double base = TOP + HEIGHT - BOTTOM;
        double height = base + BOTTOM + legend;
        Element svg = Drawing.figure(id, width, height, title, caption);
        Axis across = axis(x, Series.Point::x, false, LEFT, width - RIGHT);
        Axis up = axis(y, Series.Point::y, true, base, TOP);
        drawAxes(svg, across, up, width, base);
        series.forEach(each -> drawSeries(svg, each, across, up));
        drawLegend(svg, width, base + BOTTOM);
        return svg;
    }

    private Axis axis(
            Measure measure, ToDoubleFunction<Series.Point> value, boolean withNoise, double start, double end) {
        double[] positions = series.stream()
                .flatMap(each -> each.points().stream())
                .flatMapToDouble(point -> withNoise ? all(point) : DoubleStream.of(value.applyAsDouble(point)))
                .map(measure.scale()::position)
                .filter(Double::isFinite)
                .toArray();
        return Axis.over(
                DoubleStream.of(positions).min().orElseThrow(),
                DoubleStream.of(positions).max().orElseThrow(),
                start,
                end);
    }

    private static DoubleStream all(Series.Point point) {
        return DoubleStream.concat(
                DoubleStream.concat(
                        DoubleStream.of(point.y()), point.singles().stream().mapToDouble(y -> y)),
                point.interval().stream().flatMapToDouble(i -> DoubleStream.of(i.low(), i.high())));
    }

    private void drawAxes(Element svg, Axis across, Axis up, double width, double base) {
        for (Scale.Tick tick : y.scale().ticks(up, 7)) {
            double at = up.at(tick.position());
            svg.add(
                    Drawing.line("grid", LEFT, at, width - RIGHT, at),
                    Drawing.text("tick end", LEFT - 8, at + 4, tick.label()));
        }
        svg.add(Drawing.line("axis", LEFT, base, width - RIGHT, base));
        for (Scale.Tick tick : x.scale().ticks(across, width < 500 ? 6 : 10)) {
            double at = across.at(tick.position());
            svg.add(
                    Drawing.line("axis", at, base, at, base + 5),
                    Drawing.text("tick middle", at, base + 19, tick.label()));
        }
        svg.add(
                Drawing.text("axis-name", 4, 14, y.name()),
                Drawing.text("axis-name middle", (LEFT + width - RIGHT) / 2, base + 38, x.name()));
    }

    private void drawSeries(Element svg, Series one, Axis across, Axis up) {
        List<Series.Point> points =
                one.points().stream().filter(point -> isShown(point.y())).toList();
        if (!one.mark().line().isEmpty()) {
            svg.add(Drawing.path(
                    one.mark().line(),
                    points.stream().mapToDouble(point -> atX(across, point)).toArray(),
                    points.stream().mapToDouble(point -> atY(up, point.y())).toArray()));
        }
        for (Series.Point point : points) {
            double left = atX(across, point);
            for (double single : point.singles()) {
                svg.add(Drawing.dot("seed", left + 8, atY(up, single), 1.8));
            }
            point.interval()
                    .filter(interval -> isShown(interval.low()))
                    .ifPresent(interval -> svg.add(bar(up, interval, left)));
            if (one.mark().marked()) {
                svg.add(symbol(one.mark(), left, atY(up, point.y())));
            }
        }
    }

    private boolean isShown(double value) {
        return Double.isFinite(y.scale().position(value));
    }

    private Element[] bar(Axis up, Interval interval, double left) {
        return Drawing.interval(left, atY(up, interval.low()), left, atY(up, interval.high()));
    }

    private double atX(Axis across, Series.Point point) {
        return across.at(x.scale().position(point.x()));
    }

    private double atY(Axis up, double value) {
        return up.at(y.scale().position(value));
    }

    private static Element symbol(Series.Mark mark, double x, double y) {
        return switch (mark) {
            case DIAMOND ->
                Drawing.path(
                        mark.symbol(), new double[] {x, x + 6, x, x - 6, x}, new double[] {y - 6, y, y + 6, y, y - 6});
            case CROSS ->
                Element.of("g")
                        .add(
                                Drawing.line(mark.symbol(), x - 4.5, y - 4.5, x + 4.5, y + 4.5),
                                Drawing.line(mark.symbol(), x - 4.5, y + 4.5, x + 4.5, y - 4.5));
            default -> Drawing.dot(mark.symbol(), x, y, 4.5);
        };
    }

    private int legendRows(double width) {
        return width < 500 ? series.size() : (series.size() + 1) / 2;
    }

    private void drawLegend(Element svg, double width, double top) {
        int columns = width < 500 ? 1 : 2;
        for (int i = 0; i < series.size(); i++) {
            Series one = series.get(i);
            double left = LEFT + (i % columns) * (width - LEFT) / columns;
            int row = i / columns;
            double middle = top + LEGEND_ROW * row + 4;
            if (!one.mark().line().isEmpty()) {
                svg.add(Drawing.path(
                        one.mark().line(), new double[] {left - 14, left + 14}, new double[] {middle, middle}));
            }
            if (one.mark().marked()) {
                svg.add(symbol(one.mark(), left, middle));
            }
            svg.add(Drawing.text("label", left + 22, middle + 4, one.name()));
        }
    }
}
