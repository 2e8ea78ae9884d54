package apportion.model.allocation;

/** Solvers of the allocation problem in whole heads and dimensions. */
public enum Allocator {
    /**
     * The least bound there is, by dynamic programming over lags and budget: about {@code M D^2 / 2} steps, of which
     * {@link #MOST_STEPS} are taken at most.
     */
    EXACT {
        @Override
        public Allocation allocate(AllocationProblem problem) {
            long steps = steps(problem);
            if (steps > MOST_STEPS) {
                throw new IllegalArgumentException("an exact allocation of a budget of " + problem.budget() + " to "
                        + problem.mostServed() + " lags takes " + steps + " steps, but must take at most " + MOST_STEPS
                        + "; use greedy, or a smaller budget");
            }
            return ExactAllocation.solve(problem);
        }
    },
    /**
     * Heads of a whole token's dimension, each to the lag that gains most by it, for every {@code M}: fast for any
     * budget. The same as {@link #EXACT} in all cases tried where weights do not grow with the lag and the budget is a
     * multiple of the token dimension, at least twice it; otherwise it may be worse.
     */
    GREEDY {
        @Override
        public Allocation allocate(AllocationProblem problem) {
            return GreedyAllocation.solve(problem);
        }
    };

    /** About a second of work. */
    static final long MOST_STEPS = 1L << 30;

    /**
     * Solves a problem.
     *
     * @throws IllegalArgumentException if this way cannot; the message says which other one can
     */
    public abstract Allocation allocate(AllocationProblem problem);

    /** {@link #EXACT} where that takes about a second at most, and {@link #GREEDY} elsewhere. */
    public static Allocator fitting(AllocationProblem problem) {
        return steps(problem) <= MOST_STEPS ? EXACT : GREEDY;
    }

    private static long steps(AllocationProblem problem) {
        long budget = problem.budget();
        // At most 2^62, and saturated beyond.
        long squares = budget * budget / 2;
        long served = problem.mostServed();
        return squares > Long.MAX_VALUE / served ? Long.MAX_VALUE : served * squares;
    }
}
