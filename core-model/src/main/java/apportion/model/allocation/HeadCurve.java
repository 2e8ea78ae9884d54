package apportion.model.allocation;

import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The bound against the number of heads, where each served lag has an equal share of the budget and equally many heads.
 *
 * <p>{@code H} heads a lag are {@code D / (M H)} wide, not necessarily a whole number. The curve falls until they are
 * as wide as a token, jumps where they get narrower, and has its least value at that cusp. It is drawn to ten times the
 * heads of the cusp.
 *
 * @param served {@code M}: lags that are served, the nearest ones
 * @param points from one head a lag to the most
 */
public record HeadCurve(int served, List<Point> points) {

    /** Most points of a curve. */
    public static final int MOST_POINTS = 100_000;

    private static final long CUSPS = 10;

    /**
     * One number of heads.
     *
     * @param heads {@code H}: of each served lag
     * @param headDim {@code D / (M H)}
     * @param bound on the error
     */
    public record Point(int heads, double headDim, double bound) {}

    public HeadCurve {
        points = List.copyOf(points);
    }

    /**
     * The curve of a budget.
     *
     * @param served {@code M}, at most the budget and the kernel's lags
     * @throws IllegalArgumentException if it has more than {@link #MOST_POINTS}
     */
    public static HeadCurve of(AllocationProblem problem, int served) {
        double width = (double) problem.budget() / served;
        long cusp = Math.max(1, (long) (width / problem.tokenDim()));
        long most = Math.min((long) width, CUSPS * cusp);
        if (most > MOST_POINTS) {
            throw new IllegalArgumentException("the curve of a budget of " + problem.budget() + " has " + most
                    + " points, but must have at most " + MOST_POINTS + "; use a smaller budget or a larger token-dim");
        }
        ErrorBound bound = problem.bound();
        return new HeadCurve(
                served,
                IntStream.rangeClosed(1, (int) most)
                        .mapToObj(heads -> new Point(heads, width / heads, value(bound, served, heads, width / heads)))
                        .toList());
    }

    /**
     * The bound where each served lag has equally many heads, whole or not.
     *
     * @param served {@code M}: lags that are served, the nearest ones
     * @param heads {@code H}: of each served lag
     */
    public static double value(ErrorBound bound, int served, double heads, double headDim) {
        return bound.unserved(served)
                + IntStream.rangeClosed(1, served)
                        .mapToDouble(lag -> bound.served(lag, heads, headDim))
                        .sum();
    }

    /** The point of the least bound, of equals that of the fewest heads. */
    public Point best() {
        return points.stream().min(Comparator.comparingDouble(Point::bound)).orElseThrow();
    }
}
