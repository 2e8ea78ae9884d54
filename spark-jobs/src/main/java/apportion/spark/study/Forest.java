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
    /** Of a row whose label stands above it. */
    private static final double TALL_ROW = 42;

    private static final double TOP = 26;
    private static final double BOTTOM = 28;
    private static final double RIGHT = 16;
    private static final double MARGIN = 14;
    /** What a letter takes in a wide font, on average. */
    private static final double LETTER = 8.2;
    /** A bold one. */
    private static final double BOLD = 10.6;

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

    /**
     * Where rows lie.
     *
     * @param left where the axis begins
     * @param room that a label has
     */
    private record Rows(boolean tall, double left, double room) {

        double height() {
            return tall ? TALL_ROW : ROW;
        }
    }

    /** Labels stand beside their rows where at least half of the width is left, and above them otherwise. */
    private Rows rows(double width) {
        double longest = rows.stream()
                .mapToDouble(row -> row.label().length() * letter(row))
                .max()
                .orElseThrow();
        double beside = 2 * MARGIN + longest;
        return beside <= width / 2 ? new Rows(false, beside, longest) : new Rows(true, MARGIN, width - 2 * MARGIN);
    }

    private static double letter(Row row) {
        return row.strong() ? BOLD : LETTER;
    }

    private Element draw(String id, double width) {
        Rows layout = rows(width);
        double left = layout.left();
        double base = TOP + layout.height() * rows.size();
        Element svg = Drawing.figure(id, width, base + BOTTOM, title, caption);
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
            drawRow(svg, rows.get(i), axis, layout, TOP + layout.height() * (i + 1) - ROW / 2);
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

    private static void drawRow(Element svg, Row row, Axis axis, Rows layout, double y) {
        String strong = row.strong() ? " strong" : "";
        // A whole label fits where rounding leaves a little less.
        int letters = (int) (layout.room() / letter(row) + 1e-9);
        svg.add(
                layout.tall()
                        ? label("label over" + strong, layout.left(), y - 14, row.label(), letters)
                        : label("label end" + strong, layout.left() - MARGIN, y + 4, row.label(), letters));
        Double low = row.effect().low();
        Double high = row.effect().high();
        if (low != null && high != null) {
            svg.add(Drawing.interval(axis.at(low), y, axis.at(high), y));
        }
        svg.add(Drawing.dot(
                row.strong() ? "level" : "worse", axis.at(row.effect().value()), y, 4.5));
    }

    /**
     * A label that is too long ends with an ellipsis, and is whole where a mouse rests on it and for screen readers.
     */
    private static Element label(String kind, double x, double y, String text, int letters) {
        return text.length() <= letters
                ? Drawing.text(kind, x, y, text)
                : Drawing.text(kind, x, y, text.substring(0, letters - 1) + "\u2026")
                        .add(Element.of("title", text));
    }
}
