package apportion.spark.report;

import apportion.spark.page.Drawing;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LayoutFinding.Standing;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Loss over heads and head dimension: a cell for each layout of equal heads, its loss written in it, and a line through
 * cells of one attention width.
 */
final class HeatMap {

    private static final double LEFT = 58;
    private static final double TOP = 30;
    private static final double ROW = 40;
    private static final double BOTTOM = 46;
    private static final double RIGHT = 4;
    private static final double WIDEST_CELL = 92;
    private static final double NARROWEST_CELL = 46;

    /** Ink of the highest and of the lowest loss; text stays readable on both. */
    private static final double LIGHTEST = 0.02;

    private static final double DARKEST = 0.26;

    private final List<LayoutFinding> layouts;
    private final Numbers numbers;
    private final List<Integer> heads;
    private final List<Integer> dims;
    private final double cell;

    private HeatMap(List<LayoutFinding> layouts, Numbers numbers, double width) {
        this.layouts = layouts;
        this.numbers = numbers;
        heads = layouts.stream()
                .map(layout -> layout.layout().heads())
                .distinct()
                .sorted()
                .toList();
        dims = layouts.stream()
                .map(layout -> layout.layout().headDim())
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList();
        double fitting = (width - LEFT - RIGHT) / heads.size();
        cell = Math.max(NARROWEST_CELL, Math.min(WIDEST_CELL, fitting));
    }

    /**
     * The map.
     *
     * @param layouts of equal heads, scored alike; at least one
     */
    static Element draw(List<LayoutFinding> layouts, Numbers numbers, String id, double width) {
        HeatMap map = new HeatMap(layouts, numbers, width);
        double needed = LEFT + map.cell * map.heads.size() + RIGHT;
        // Of more columns than fit, one scrolls; smaller ones could not be read.
        return needed > width
                ? Html.scrolling(map.draw(id, needed).with("style", "width:" + Element.number(needed) + "px"))
                : map.draw(id, width);
    }

    private Element draw(String id, double width) {
        double base = TOP + ROW * dims.size();
        Element svg = Drawing.figure(id, width, base + BOTTOM, "Loss over heads and head dimension", description());
        layouts.forEach(layout -> svg.add(shade(layout)));
        byWidth().forEach((attention, line) -> svg.add(line(line)));
        layouts.forEach(layout -> write(svg, layout));
        byWidth().forEach((attention, line) -> {
            LayoutFinding last = line.get(line.size() - 1);
            svg.add(Drawing.text("budget-name end", x(last) + cell / 2 - 3, y(last) + ROW / 2 - 3, "D=" + attention));
        });
        drawAxes(svg, base);
        return svg;
    }

    private void drawAxes(Element svg, double base) {
        for (int row = 0; row < dims.size(); row++) {
            svg.add(Drawing.text("tick end", LEFT - 8, TOP + ROW * (row + 0.5) + 4, String.valueOf(dims.get(row))));
        }
        for (int column = 0; column < heads.size(); column++) {
            double x = LEFT + cell * (column + 0.5);
            svg.add(Drawing.text("tick middle strong", x, base + 18, String.valueOf(heads.get(column))));
        }
        svg.add(
                Drawing.text("axis-name", 0, 14, "head dimension"),
                Drawing.text("axis-name middle", LEFT + cell * heads.size() / 2, base + 38, "heads"));
    }

    private Element shade(LayoutFinding layout) {
        double lowest = loss(Comparator.naturalOrder());
        double highest = loss(Comparator.reverseOrder());
        double share = highest > lowest ? (highest - layout.loss().value()) / (highest - lowest) : 0;
        return Drawing.rectangle("cell", x(layout) - cell / 2 + 1, y(layout) - ROW / 2 + 1, cell - 2, ROW - 2)
                .with("fill-opacity", LIGHTEST + share * (DARKEST - LIGHTEST));
    }

    private double loss(Comparator<Double> order) {
        return layouts.stream().map(layout -> layout.loss().value()).min(order).orElseThrow();
    }

    private void write(Element svg, LayoutFinding layout) {
        Standing standing = layout.standing();
        String mark = standing == Standing.BEST ? "\u25c6" : standing == Standing.NOT_TOLD_APART ? "\u2248" : "";
        String kind = standing == Standing.BEST ? "cell-text middle strong" : "cell-text middle";
        svg.add(Drawing.text(
                kind,
                x(layout),
                y(layout) + 3,
                mark + numbers.loss(layout.loss().value())));
    }

    /** Widths that two layouts or more have, each with its layouts, fewest heads first. */
    private Map<Integer, List<LayoutFinding>> byWidth() {
        Map<Integer, List<LayoutFinding>> byWidth = layouts.stream()
                .collect(Collectors.groupingBy(
                        layout -> layout.layout().attention().width(), TreeMap::new, Collectors.toList()));
        byWidth.values().removeIf(line -> line.size() < 2);
        return byWidth;
    }

    private Element line(List<LayoutFinding> line) {
        return Drawing.path(
                "budget",
                line.stream().mapToDouble(this::x).toArray(),
                line.stream().mapToDouble(this::y).toArray());
    }

    private double x(LayoutFinding layout) {
        return LEFT + cell * (heads.indexOf(layout.layout().heads()) + 0.5);
    }

    private double y(LayoutFinding layout) {
        return TOP + ROW * (dims.indexOf(layout.layout().headDim()) + 0.5);
    }

    private String description() {
        return layouts.stream()
                .map(layout -> LayoutNames.words(layout.layout()) + ": "
                        + numbers.loss(layout.loss().value()))
                .collect(Collectors.joining(". ", "", "."));
    }
}
