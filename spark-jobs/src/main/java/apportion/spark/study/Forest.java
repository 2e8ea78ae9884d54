package apportion.spark.study;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Html;
import apportion.spark.page.markup.Element;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Effects with their intervals, a row each, beside a line at a value of no effect.
 *
 * @param title what it shows
 * @param caption how to read it
 * @param effect name of the horizontal axis, with its unit
 * @param none value of no effect
 * @param rows from top to bottom; at least one
 */
public record Forest(String title, String caption, String effect, double none, List<Row> rows) {

    private static final double ROW = 26;
    private static final double TOP = 26;
    private static final double BOTTOM = 28;
    private static final double RIGHT = 16;
    private static final int LONGEST_LABEL = 40;

    /**
     * An effect.
     *
     * @param strong whether it is told from no effect, corrected for all comparisons
     */
    public record Row(String label, Quantity effect, boolean strong) {}

    public Forest {
        rows = List.copyOf(rows);
    }

    /** The figure, once for a wide window and once for a phone. */
    public Element figure() {
        return Html.figure(title, caption, this::draw);
    }

    private Element draw(String id, double width) {
        double base = TOP + ROW * rows.size();
        Element svg = Drawing.figure(id, width, base + BOTTOM, title, caption);
        int longest = rows.stream()
                .mapToInt(row -> Math.min(LONGEST_LABEL, row.label().length()))
                .max()
                .orElseThrow();
        double left = Math.min(width / 2, 26 + 7 * longest);
        double[] shown = DoubleStream.concat(
                        DoubleStream.of(none), rows.stream().flatMapToDouble(Forest::ends))
                .toArray();
        Axis axis = Axis.over(
                DoubleStream.of(shown).min().orElseThrow(),
                DoubleStream.of(shown).max().orElseThrow(),
                left,
                width - RIGHT);
        for (Scale.Tick tick : Scale.LINEAR.ticks(axis, width < 500 ? 4 : 7)) {
            double at = axis.at(tick.position());
            svg.add(Drawing.line("grid", at, TOP, at, base), Drawing.text("tick middle", at, base + 17, tick.label()));
        }
        svg.add(
                Drawing.line("zero", axis.at(none), TOP - 6, axis.at(none), base + 4),
                Drawing.text("axis-name end", width - RIGHT, 13, effect));
        for (int i = 0; i < rows.size(); i++) {
            drawRow(svg, rows.get(i), axis, left, TOP + ROW * (i + 0.5));
        }
        return svg;
    }

    private static DoubleStream ends(Row row) {
        Double low = row.effect().low();
        Double high = row.effect().high();
        return low == null || high == null
                ? DoubleStream.of(row.effect().value())
                : DoubleStream.of(row.effect().value(), low, high);
    }

    private static void drawRow(Element svg, Row row, Axis axis, double left, double y) {
        String label = row.label().length() <= LONGEST_LABEL
                ? row.label()
                : row.label().substring(0, LONGEST_LABEL - 1) + "\u2026";
        svg.add(Drawing.text(row.strong() ? "label end strong" : "label end", left - 12, y + 4, label));
        Double low = row.effect().low();
        Double high = row.effect().high();
        if (low != null && high != null) {
            svg.add(Drawing.interval(axis.at(low), y, axis.at(high), y));
        }
        svg.add(Drawing.dot(
                row.strong() ? "level" : "worse", axis.at(row.effect().value()), y, 4.5));
    }
}
