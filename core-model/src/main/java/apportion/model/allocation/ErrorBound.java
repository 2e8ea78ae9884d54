package apportion.model.allocation;

import apportion.model.config.HeadGroup;
import java.util.List;

/**
 * The bound on the error of one attention layer (arXiv 2510.03784, with no slack and tokens of norm at most 1).
 *
 * @param kernel what the layer shall learn
 * @param tokenDim {@code d}: dimension of the tokens that it reads
 */
public record ErrorBound(LagKernel kernel, int tokenDim) {

    private static final double LOSS_OF_ONE_HEAD = 1.3;
    private static final double GROWTH_PER_LAG = 0.02;

    public ErrorBound {
        if (tokenDim < 1) {
            throw new IllegalArgumentException("token-dim must be at least 1, got " + tokenDim);
        }
    }

    /**
     * What a served lag adds: {@code |rho_m| (1{d_m <= d} sqrt(1 - d_m / d) + 1.3 e^(0.02 m) / H_m)}.
     *
     * @param lag {@code m}, from 1
     * @param heads {@code H_m}, not necessarily whole
     * @param headDim {@code d_m}, not necessarily whole
     */
    public double served(int lag, double heads, double headDim) {
        double weight = kernel.weight(lag);
        // The loss of a far lag overflows, and 0 times infinity is no number.
        return weight == 0 ? 0 : weight * (dimensionLoss(headDim) + lossOfOneHead(lag) / heads);
    }

    /** What all lags after the served ones add. */
    public double unserved(int served) {
        return kernel.beyond(served);
    }

    /**
     * The whole bound.
     *
     * @param groups the heads that serve lag 1, lag 2 and so on
     */
    public double of(List<HeadGroup> groups) {
        double bound = unserved(groups.size());
        for (int i = 0; i < groups.size(); i++) {
            bound += served(i + 1, groups.get(i).heads(), groups.get(i).headDim());
        }
        return bound;
    }

    /** What a head of fewer dimensions than a token has loses of it. */
    private double dimensionLoss(double headDim) {
        return headDim < tokenDim ? Math.sqrt(1 - headDim / tokenDim) : 0;
    }

    /** How badly one head singles out a lag; {@code H} heads do it {@code H} times as well. */
    static double lossOfOneHead(int lag) {
        return LOSS_OF_ONE_HEAD * Math.exp(GROWTH_PER_LAG * lag);
    }

    /** The last lag that is worth serving at all: even if every unit of the budget were a head, farther ones lose. */
    static int horizon(int budget) {
        return Math.max(1, (int) (Math.log(budget / LOSS_OF_ONE_HEAD) / GROWTH_PER_LAG));
    }
}
