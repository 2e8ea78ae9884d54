package apportion.model.allocation;

import java.util.List;
import java.util.stream.IntStream;

/**
 * The closed form of the allocation problem where heads need not be whole and keep a whole token each, {@code d_m = d}.
 *
 * <p>For {@code M} served lags, {@code H_m = (D / d) sqrt(a_m) / sum of sqrt(a_j)} with {@code a_m = |rho_m| e^(0.02
 * m)}, and the bound is {@code 1.3 (d / D) (sum of sqrt(a_m))^2} and the weights of the unserved lags; the best
 * {@code M} is taken. No allocation of the same {@code M} in whole heads of dimension {@code d} is below it.
 *
 * @param heads {@code H_m} of lag 1, lag 2 and so on; less than 1 where a lag hardly counts
 * @param bound on the error
 */
public record RealAllocation(List<Double> heads, double bound) {

    public RealAllocation {
        heads = List.copyOf(heads);
    }

    /** Solves a problem; spends all of its budget. */
    public static RealAllocation of(AllocationProblem problem) {
        double heads = (double) problem.budget() / problem.tokenDim();
        double best = Double.POSITIVE_INFINITY;
        double bestRoots = 0;
        int bestServed = 0;
        double roots = 0;
        for (int served = 1; served <= problem.mostServed(); served++) {
            roots += root(problem, served);
            double value = roots * roots / heads + problem.bound().unserved(served);
            if (value < best) {
                best = value;
                bestRoots = roots;
                bestServed = served;
            }
        }
        double all = bestRoots;
        List<Double> each = IntStream.rangeClosed(1, bestServed)
                .mapToObj(lag -> all == 0 ? 0 : heads * root(problem, lag) / all)
                .toList();
        return new RealAllocation(each, best);
    }

    private static double root(AllocationProblem problem, int lag) {
        return Math.sqrt(problem.bound().served(lag, 1, problem.tokenDim()));
    }
}
