package apportion.model.allocation;

/**
 * The least error bound that a budget can buy: over {@code M}, {@code H_m} and {@code d_m} with {@code sum of H_m d_m}
 * equal to the budget, or at most that.
 *
 * <p>A layer has at least one head, so {@code M >= 1}. Lags so far away that they lose by being served, whatever they
 * are given, are never served.
 *
 * @param kernel what the layer shall learn
 * @param budget {@code D}: the layer's attention width
 * @param tokenDim {@code d}: dimension of the tokens that it reads, at most the budget
 * @param spending whether the whole budget must be spent
 */
public record AllocationProblem(LagKernel kernel, int budget, int tokenDim, Spending spending) {

    /** Whether the heads spend the whole budget; if its token dimension does not divide it, that makes a difference. */
    public enum Spending {
        /** {@code sum of H_m d_m = D}, as the paper has it. */
        ALL,
        /** {@code sum of H_m d_m <= D}. */
        AT_MOST
    }

    public AllocationProblem {
        if (budget < 1) {
            throw new IllegalArgumentException("budget must be at least 1, got " + budget);
        }
        if (tokenDim < 1) {
            throw new IllegalArgumentException("token-dim must be at least 1, got " + tokenDim);
        }
        if (tokenDim > budget) {
            throw new IllegalArgumentException("token-dim must be at most the budget of " + budget
                    + ", or no head could keep a whole token, got " + tokenDim);
        }
    }

    /** What is made small. */
    public ErrorBound bound() {
        return new ErrorBound(kernel, tokenDim);
    }

    /** Most lags that any allocation serves. */
    int mostServed() {
        return Math.min(Math.min(kernel.lags(), budget), ErrorBound.horizon(budget));
    }
}
