package apportion.spark.study;

import apportion.spark.statistics.Interval;
import java.util.List;
import java.util.Optional;

/**
 * Points of one kind in a chart.
 *
 * @param name in the legend
 * @param mark by which it is told from others, also without colour
 * @param points from left to right
 */
public record Series(String name, Mark mark, List<Point> points) {

    /** How a series looks. */
    public enum Mark {
        /** Filled discs on a line. */
        DISC("level", "series", true),
        /** Rings on a dashed line. */
        RING("worse", "series dashed", true),
        /** Diamonds on a dotted line. */
        DIAMOND("best", "series dotted", true),
        /** Crosses without a line. */
        CROSS("cross", "", true),
        /** A line without marks. */
        LINE("", "series", false),
        /** A dashed line without marks. */
        DASHES("", "series dashed", false),
        /** A dotted line without marks. */
        DOTS("", "series dotted", false);

        private final String symbol;
        private final String line;
        private final boolean marked;

        Mark(String symbol, String line, boolean marked) {
            this.symbol = symbol;
            this.line = line;
            this.marked = marked;
        }

        String symbol() {
            return symbol;
        }

        String line() {
            return line;
        }

        boolean marked() {
            return marked;
        }
    }

    /**
     * A point.
     *
     * @param interval of {@code y}
     * @param singles single measurements that {@code y} sums up
     */
    public record Point(double x, double y, Optional<Interval> interval, List<Double> singles) {

        public Point {
            singles = List.copyOf(singles);
        }

        /** A point without noise. */
        public static Point of(double x, double y) {
            return new Point(x, y, Optional.empty(), List.of());
        }
    }

    public Series {
        points = List.copyOf(points);
    }
}
