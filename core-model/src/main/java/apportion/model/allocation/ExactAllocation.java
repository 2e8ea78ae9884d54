package apportion.model.allocation;

import apportion.model.config.HeadGroup;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The least bound by dynamic programming.
 *
 * <p>{@code least[b]} is the least that lags 1 to {@code m} can add when they spend {@code b} together. One more lag
 * makes {@code least'[b] = min over c of least[b - c] + cost[c]}, where {@code cost[c]} is the least over the ways to
 * write {@code c} as heads times dimension. The number of served lags is the one with the least total, the smallest of
 * equals; so is what is spent.
 */
final class ExactAllocation {

    private final AllocationProblem problem;
    private final ErrorBound bound;
    private final int budget;
    /** At {@code [m][b]}: what lag {@code m} spends of {@code b} in the best allocation to lags 1 to {@code m}. */
    private final int[][] spentOnLast;

    private ExactAllocation(AllocationProblem problem) {
        this.problem = problem;
        this.bound = problem.bound();
        this.budget = problem.budget();
        this.spentOnLast = new int[problem.mostServed() + 1][];
    }

    static Allocation solve(AllocationProblem problem) {
        return new ExactAllocation(problem).solve();
    }

    private Allocation solve() {
        double[] least = new double[budget + 1];
        Arrays.fill(least, 1, budget + 1, Double.POSITIVE_INFINITY);
        double best = Double.POSITIVE_INFINITY;
        int bestServed = 0;
        int bestSpent = 0;
        for (int served = 1; served <= problem.mostServed(); served++) {
            least = withLag(served, least);
            int spent = spent(least, served);
            double value = least[spent] + bound.unserved(served);
            if (value < best) {
                best = value;
                bestServed = served;
                bestSpent = spent;
            }
        }
        return Allocation.of(bound, groups(bestServed, bestSpent));
    }

    private double[] withLag(int lag, double[] before) {
        double[] costs = costs(lag);
        double[] least = new double[budget + 1];
        int[] spent = new int[budget + 1];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        // Every lag before takes at least 1.
        for (int b = lag; b <= budget; b++) {
            double value = Double.POSITIVE_INFINITY;
            for (int c = 1; c <= b - lag + 1; c++) {
                double sum = before[b - c] + costs[c];
                if (sum < value) {
                    value = sum;
                    spent[b] = c;
                }
            }
            least[b] = value;
        }
        spentOnLast[lag] = spent;
        return least;
    }

    /** For each {@code c} the least that the lag adds if its heads are {@code c} wide together. */
    private double[] costs(int lag) {
        double[] costs = new double[budget + 1];
        Arrays.fill(costs, Double.POSITIVE_INFINITY);
        for (int headDim = 1; headDim <= budget; headDim++) {
            for (int heads = 1; heads <= budget / headDim; heads++) {
                int c = heads * headDim;
                costs[c] = Math.min(costs[c], bound.served(lag, heads, headDim));
            }
        }
        return costs;
    }

    private int spent(double[] least, int served) {
        return switch (problem.spending()) {
            case ALL -> budget;
            case AT_MOST ->
                IntStream.rangeClosed(served, budget)
                        .reduce((a, b) -> least[b] < least[a] ? b : a)
                        .orElseThrow();
        };
    }

    private List<HeadGroup> groups(int served, int spent) {
        HeadGroup[] groups = new HeadGroup[served];
        int left = spent;
        for (int lag = served; lag >= 1; lag--) {
            int width = spentOnLast[lag][left];
            groups[lag - 1] = cheapest(lag, width);
            left -= width;
        }
        return List.of(groups);
    }

    private HeadGroup cheapest(int lag, int width) {
        return IntStream.rangeClosed(1, width)
                .filter(divisor -> width % divisor == 0)
                .mapToObj(divisor -> new HeadGroup(width / divisor, divisor))
                .min(Comparator.comparingDouble(group -> bound.served(lag, group.heads(), group.headDim())))
                .orElseThrow();
    }
}
