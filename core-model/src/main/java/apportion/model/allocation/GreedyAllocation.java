package apportion.model.allocation;

import apportion.model.config.HeadGroup;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Heads that keep a whole token, {@code d_m = d}, each given to the lag that gains most by one more.
 *
 * <p>For a given number of served lags that is the best there is with such heads, as each lag gains less by every
 * further one. A lag of weight 0 between others gets a placeholder, one head of dimension 1; if all must be spent, it
 * also takes what whole heads cannot.
 */
final class GreedyAllocation {

    private final AllocationProblem problem;
    private final ErrorBound bound;

    private GreedyAllocation(AllocationProblem problem) {
        this.problem = problem;
        this.bound = problem.bound();
    }

    static Allocation solve(AllocationProblem problem) {
        return new GreedyAllocation(problem).solve();
    }

    private Allocation solve() {
        Allocation best = null;
        for (int served = 1; served <= problem.mostServed(); served++) {
            double[] losses = losses(served);
            int placeholders =
                    (int) Arrays.stream(losses).filter(loss -> loss == 0).count();
            int heads = (problem.budget() - placeholders) / problem.tokenDim();
            if (heads < served - placeholders) {
                break;
            }
            int left = problem.budget() - placeholders - problem.tokenDim() * (placeholders == served ? 0 : heads);
            if (left > 0 && placeholders == 0 && problem.spending() == AllocationProblem.Spending.ALL) {
                continue;
            }
            Allocation found = Allocation.of(bound, groups(losses, heads, left));
            best = best == null || found.bound() < best.bound() ? found : best;
        }
        if (best == null) {
            throw new IllegalArgumentException("greedy gives whole heads of the token dimension, " + problem.tokenDim()
                    + ", which cannot spend all of a budget of " + problem.budget()
                    + "; spend at most the budget, make it a multiple of the token dimension, or use exact");
        }
        return best;
    }

    /** What each lag adds with one head. */
    private double[] losses(int served) {
        return IntStream.rangeClosed(1, served)
                .mapToDouble(lag -> bound.served(lag, 1, problem.tokenDim()))
                .toArray();
    }

    private List<HeadGroup> groups(double[] losses, int available, int left) {
        int[] heads = heads(losses, available);
        List<HeadGroup> groups = new ArrayList<>();
        int rest = problem.spending() == AllocationProblem.Spending.ALL ? left : 0;
        for (int i = 0; i < losses.length; i++) {
            if (losses[i] > 0) {
                groups.add(new HeadGroup(heads[i], problem.tokenDim()));
            } else {
                groups.add(new HeadGroup(1 + rest, 1));
                rest = 0;
            }
        }
        return groups;
    }

    /**
     * Greedy heads, without counting them one by one: a lag's {@code H}-th head, which gains {@code loss / (H (H -
     * 1))}, is given if that is at least a threshold, found by bisection; then the few that are left follow.
     */
    private static int[] heads(double[] losses, int available) {
        double most = Arrays.stream(losses).max().orElseThrow();
        if (most == 0) {
            return new int[losses.length];
        }
        double tooLow = 0;
        double threshold = most;
        double given = total(losses, threshold);
        // Ends at the latest when no number lies between the two.
        for (double middle = most / 2; given != available && middle > tooLow && middle < threshold; ) {
            double total = total(losses, middle);
            if (total > available) {
                tooLow = middle;
            } else {
                threshold = middle;
                given = total;
            }
            middle = (tooLow + threshold) / 2;
        }
        return withTheRest(losses, threshold, available);
    }

    private static double total(double[] losses, double threshold) {
        double total = 0;
        for (double loss : losses) {
            total += heads(loss, threshold);
        }
        return total;
    }

    private static double heads(double loss, double threshold) {
        return loss == 0 ? 0 : Math.max(1, Math.floor((1 + Math.sqrt(1 + 4 * loss / threshold)) / 2));
    }

    private static int[] withTheRest(double[] losses, double threshold, int available) {
        int[] heads = Arrays.stream(losses)
                .mapToInt(loss -> (int) heads(loss, threshold))
                .toArray();
        for (int left = available - Arrays.stream(heads).sum(); left > 0; left--) {
            int next = IntStream.range(0, losses.length)
                    .reduce((a, b) -> gain(losses[b], heads[b]) > gain(losses[a], heads[a]) ? b : a)
                    .orElseThrow();
            heads[next]++;
        }
        return heads;
    }

    private static double gain(double loss, int heads) {
        return loss == 0 ? 0 : loss / ((double) heads * (heads + 1));
    }
}
