package apportion.spark.cli;

import apportion.model.allocation.HeadCurve;
import apportion.model.allocation.HeadCurve.Point;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** How {@code allocate --curve} shows the bound against heads: some of its points and a plot. */
final class CurveView {

    private static final int COLUMNS = 80;
    private static final int ROWS = 14;

    private CurveView() {}

    static Outcome of(HeadCurve curve) {
        return new Outcome(text(curve), json(curve));
    }

    private static Map<String, Object> json(HeadCurve curve) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("curve", curve.points().stream().map(CurveView::json).toList());
        json.put("best", curve.best().heads());
        json.put("served", curve.served());
        return json;
    }

    private static Map<String, Object> json(Point point) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("heads", point.heads());
        json.put("bound", AllocationView.rounded(point.bound()));
        return json;
    }

    private static String text(HeadCurve curve) {
        int best = curve.best().heads();
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT, "heads of each lag from 1 to %,d, their dimension, and the bound%n", curve.served()));
        for (int heads : chosen(curve)) {
            Point point = curve.points().get(heads - 1);
            text.append(String.format(
                    Locale.ROOT,
                    "%,9d %12.2f %12.6f%s%n",
                    heads,
                    point.headDim(),
                    point.bound(),
                    heads == best ? "  least" : ""));
        }
        return text.append(System.lineSeparator()).append(plot(curve)).toString();
    }

    /** Powers of two, the best, those beside it, and the last. */
    private static SortedSet<Integer> chosen(HeadCurve curve) {
        int most = curve.points().size();
        SortedSet<Integer> chosen = new TreeSet<>(List.of(1, most));
        for (int heads = 2; heads < most; heads *= 2) {
            chosen.add(heads);
        }
        int best = curve.best().heads();
        chosen.addAll(List.of(Math.max(1, best - 1), best, Math.min(most, best + 1)));
        return chosen;
    }

    /** A column shows the least of the points that fall into it, so that the cusp is never left out. */
    private static String plot(HeadCurve curve) {
        List<Point> points = curve.points();
        int columns = Math.min(COLUMNS, points.size());
        double[] least = IntStream.range(0, columns)
                .mapToDouble(column ->
                        points
                                .subList(from(column, columns, points.size()), from(column + 1, columns, points.size()))
                                .stream()
                                .mapToDouble(Point::bound)
                                .min()
                                .orElseThrow())
                .toArray();
        double most = IntStream.range(0, columns)
                .mapToDouble(column -> least[column])
                .max()
                .orElseThrow();
        StringBuilder plot = new StringBuilder();
        for (int row = ROWS; row >= 0; row--) {
            double level = most * row / ROWS;
            StringBuilder line = new StringBuilder();
            for (double value : least) {
                line.append(Math.round(value / most * ROWS) == row ? '*' : ' ');
            }
            plot.append(String.format(
                    Locale.ROOT, "%9.3f |%s%n", level, line.toString().stripTrailing()));
        }
        String last = String.format(Locale.ROOT, "%,d heads", points.size());
        String room = " ".repeat(Math.max(1, columns - 1 - last.length()));
        return plot.append(" ".repeat(10))
                .append('+')
                .append("-".repeat(columns))
                .append(System.lineSeparator())
                .append(" ".repeat(11))
                .append('1')
                .append(room)
                .append(last)
                .toString();
    }

    private static int from(int column, int columns, int points) {
        return (int) ((long) column * points / columns);
    }
}
