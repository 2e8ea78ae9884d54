package apportion.model.allocation;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;

/**
 * Least-squares estimate of a lag kernel from tokens: the {@code rho_m} and the constant {@code c} for which {@code y_t
 * = c + sum over m = 1 .. L of rho_m x_(t-m)} comes closest to the targets. Each {@code rho_m} is one number for all
 * dimensions of a token, as in the target that the bound is about.
 *
 * <p>With targets that are the tokens themselves it says how much the embedding of each of the tokens before tells,
 * linearly, of the next one's. Sequences are added one by one; what is kept does not grow with them.
 */
public final class KernelFit implements Serializable {

    private static final long serialVersionUID = 1;

    /** Pivots this far below their diagonal are rounding. */
    private static final double SINGULAR = 1e-12;

    private final int lags;
    private final int tokenDim;
    /** Sums of products of targets (0) and tokens at each lag (1 to L). */
    private final double[][] products;
    /** Sums of targets and of tokens at each lag, by dimension. */
    private final double[][] sums;

    private long rows;

    /**
     * A kernel.
     *
     * @param coefficients {@code rho_m} with their signs, of lag 1 first
     * @param explained share of the targets' variance that they explain
     * @param targets that were fitted
     */
    public record Estimate(List<Double> coefficients, double explained, long targets) {

        public Estimate {
            coefficients = List.copyOf(coefficients);
        }

        /** The magnitudes of the coefficients, which are what the error bound weighs lags by. */
        public LagKernel kernel() {
            return LagKernel.of(coefficients.stream().mapToDouble(Math::abs).toArray());
        }
    }

    /**
     * A fit to nothing yet.
     *
     * @param lags {@code L}
     * @param tokenDim numbers of a token
     */
    public KernelFit(int lags, int tokenDim) {
        if (lags < 1 || tokenDim < 1) {
            throw new IllegalArgumentException(
                    "lags and token-dim must be at least 1, got " + lags + " and " + tokenDim);
        }
        this.lags = lags;
        this.tokenDim = tokenDim;
        this.products = new double[lags + 1][lags + 1];
        this.sums = new double[lags + 1][tokenDim];
    }

    /** Adds a sequence whose every token shall be told from those before it. */
    public void add(double[][] tokens) {
        add(tokens, tokens);
    }

    /**
     * Adds a sequence. The first L tokens only serve as what came before.
     *
     * @param tokens {@code x_t}, at {@code [t][dimension]}
     * @param targets {@code y_t}, of the same shape
     */
    public void add(double[][] tokens, double[][] targets) {
        check(tokens, targets);
        for (int t = lags; t < tokens.length; t++) {
            for (int i = 0; i <= lags; i++) {
                double[] left = i == 0 ? targets[t] : tokens[t - i];
                for (int k = 0; k < tokenDim; k++) {
                    sums[i][k] += left[k];
                }
                products[i][0] += dot(left, targets[t]);
                for (int j = 1; j <= i; j++) {
                    products[i][j] += dot(left, tokens[t - j]);
                }
            }
            rows++;
        }
    }

    /**
     * Adds all sequences of another fit.
     *
     * @param other of the same sizes
     */
    public void add(KernelFit other) {
        if (other.lags != lags || other.tokenDim != tokenDim) {
            throw new IllegalArgumentException("a fit of " + lags + " lags of tokens of " + tokenDim
                    + " cannot take one of " + other.lags + " lags of tokens of " + other.tokenDim);
        }
        for (int i = 0; i <= lags; i++) {
            addTo(products[i], other.products[i]);
            addTo(sums[i], other.sums[i]);
        }
        rows += other.rows;
    }

    private static void addTo(double[] sums, double[] others) {
        for (int i = 0; i < sums.length; i++) {
            sums[i] += others[i];
        }
    }

    private void check(double[][] tokens, double[][] targets) {
        if (tokens.length != targets.length) {
            throw new IllegalArgumentException(
                    "there must be a target for each token, got " + targets.length + " for " + tokens.length);
        }
        for (int t = 0; t < tokens.length; t++) {
            if (tokens[t].length != tokenDim || targets[t].length != tokenDim) {
                throw new IllegalArgumentException("tokens and targets must have " + tokenDim + " numbers, got "
                        + tokens[t].length + " and " + targets[t].length + " at " + t);
            }
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int k = 0; k < a.length; k++) {
            sum += a[k] * b[k];
        }
        return sum;
    }

    /**
     * The kernel of all sequences added.
     *
     * @throws IllegalArgumentException if they do not tell the lags apart
     */
    public Estimate estimate() {
        double[][] factor = new double[lags + 1][];
        double[] coefficients = new double[lags];
        // Cholesky's factor of the tokens' covariances, and the targets' row below it: forward substitution on the way.
        for (int i = 1; i <= lags; i++) {
            factor[i] = row(i, i, factor);
            double pivot = factor[i][i];
            if (!(pivot > SINGULAR * covariance(i, i))) {
                throw new IllegalArgumentException("the " + rows + " tokens with " + lags
                        + " before them do not tell lag " + i + " from those nearer; fit fewer lags, or to more text");
            }
            factor[i][i] = Math.sqrt(pivot);
        }
        double[] targets = row(0, lags, factor);
        for (int i = lags; i >= 1; i--) {
            double rest = targets[i];
            for (int j = i + 1; j <= lags; j++) {
                rest -= factor[j][i] * coefficients[j - 1];
            }
            coefficients[i - 1] = rest / factor[i][i];
        }
        double variance = covariance(0, 0);
        double explained = Arrays.stream(targets).map(z -> z * z).sum();
        return new Estimate(
                Arrays.stream(coefficients).boxed().toList(), variance > 0 ? explained / variance : 0, rows);
    }

    /** One row of the factor, up to and with {@code last}; on the diagonal what is left, not yet its root. */
    private double[] row(int i, int last, double[][] factor) {
        double[] row = new double[last + 1];
        for (int j = 1; j <= last; j++) {
            double rest = covariance(i, j);
            for (int k = 1; k < j; k++) {
                rest -= row[k] * (i == j ? row[k] : factor[j][k]);
            }
            row[j] = i == j ? rest : rest / factor[j][j];
        }
        return row;
    }

    /** Sum of products of what is left of both without their means. */
    private double covariance(int i, int j) {
        return products[Math.max(i, j)][Math.min(i, j)] - dot(sums[i], sums[j]) / rows;
    }
}
