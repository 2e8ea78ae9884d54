package apportion.spark.experiment;

import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.LagKernel;
import java.util.List;

/**
 * The bound on a layer's error against its heads, beside points that are known of a published curve.
 *
 * @param output directory of the experiment
 * @param budget {@code D}: heads times head dimension
 * @param tokenDim {@code d}: dimension of the layer's tokens
 * @param kernel what the layer shall learn, as {@code apportion allocate --kernel} takes it
 * @param points of the published curve, fewest heads first
 * @param tolerance within which the curve has to pass through them
 */
public record Bound(String output, int budget, int tokenDim, String kernel, List<Point> points, double tolerance)
        implements Experiment {

    /** A point of a curve. */
    public record Point(int heads, double bound) {}

    public Bound {
        points = List.copyOf(points);
        new AllocationProblem(LagKernel.parse(kernel), budget, tokenDim, AllocationProblem.Spending.ALL);
        if (points.isEmpty()) {
            throw new IllegalArgumentException("points must list at least one point of the curve, got none");
        }
        if (!(tolerance > 0)) {
            throw new IllegalArgumentException("tolerance must be positive, got " + tolerance);
        }
    }

    /** What theory is asked. */
    public AllocationProblem problem() {
        return new AllocationProblem(LagKernel.parse(kernel), budget, tokenDim, AllocationProblem.Spending.ALL);
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.bound(this);
    }
}
