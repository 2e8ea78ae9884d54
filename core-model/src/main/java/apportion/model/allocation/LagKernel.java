package apportion.model.allocation;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How much each of the tokens before counts in a target {@code y_t = sum of rho_m x_(t-m)}: the weights {@code |rho_m|}
 * of the lags {@code m = 1 .. L}.
 */
public final class LagKernel {

    /** Most lags of a kernel; no budget of heads serves more than about a thousand. */
    public static final int MOST_LAGS = 1_000_000;

    // Beyond these a solver's products could overflow; the scale of a kernel only scales its bound.
    private static final double LEAST_TOTAL = 1e-100;
    private static final double MOST_TOTAL = 1e100;

    private final double[] weights;
    /** At {@code m}: the sum of the weights of all lags after {@code m}. */
    private final double[] beyond;

    private LagKernel(double[] weights) {
        this.weights = weights;
        this.beyond = new double[weights.length + 1];
        for (int m = weights.length - 1; m >= 0; m--) {
            beyond[m] = beyond[m + 1] + weights[m];
        }
    }

    /**
     * Weights one by one.
     *
     * @param weights of lag 1, 2 and so on: at least 0, of a sum from 1e-100 to 1e100
     * @throws IllegalArgumentException if they are not
     */
    public static LagKernel of(double... weights) {
        checkLags(weights.length);
        for (int m = 0; m < weights.length; m++) {
            if (!(weights[m] >= 0) || Double.isInfinite(weights[m])) {
                throw new IllegalArgumentException("a kernel's weights must be at least 0 and finite, as they are"
                        + " magnitudes, got " + weights[m] + " for lag " + (m + 1));
            }
        }
        LagKernel kernel = new LagKernel(weights.clone());
        if (kernel.total() < LEAST_TOTAL || kernel.total() > MOST_TOTAL) {
            throw new IllegalArgumentException("a kernel's weights must have a sum from " + LEAST_TOTAL + " to "
                    + MOST_TOTAL + ", got " + kernel.total());
        }
        return kernel;
    }

    /** The last {@code n} tokens count alike: weight 1 for lags 1 to {@code n}. */
    public static LagKernel nGram(int n) {
        return of(n, m -> 1);
    }

    /** The first step of an induction head: a copy of the previous token, and nothing else. */
    public static LagKernel inductionStep() {
        return of(1.0);
    }

    /**
     * Weights {@code m^-exponent}.
     *
     * @param exponent at least 0; with 0 all lags count alike
     */
    public static LagKernel power(int lags, double exponent) {
        checkDecay(exponent, "exponent");
        return of(lags, m -> Math.pow(m, -exponent));
    }

    /**
     * Weights {@code e^(-rate (m - 1))}, so that the first is 1.
     *
     * @param rate at least 0; with 0 all lags count alike
     */
    public static LagKernel exponential(int lags, double rate) {
        checkDecay(rate, "rate");
        return of(lags, m -> Math.exp(-rate * (m - 1)));
    }

    /**
     * A kernel as somebody writes it: weights with commas between them, or one of {@code induction-step},
     * {@code n-gram:N}, {@code power:LAGS:EXPONENT}, {@code exponential:LAGS:RATE}.
     *
     * @throws IllegalArgumentException if it is none of them
     */
    public static LagKernel parse(String text) {
        return KernelText.parse(text);
    }

    private static LagKernel of(int lags, IntToDoubleFunction weight) {
        checkLags(lags);
        return of(IntStream.rangeClosed(1, lags).mapToDouble(weight).toArray());
    }

    private static void checkLags(int lags) {
        if (lags < 1 || lags > MOST_LAGS) {
            throw new IllegalArgumentException("a kernel must have 1 to " + MOST_LAGS + " lags, got " + lags);
        }
    }

    private static void checkDecay(double decay, String name) {
        if (!(decay >= 0) || Double.isInfinite(decay)) {
            throw new IllegalArgumentException(
                    "the " + name + " of a kernel must be at least 0 and finite, got " + decay);
        }
    }

    /** {@code L}: how many lags there are. */
    public int lags() {
        return weights.length;
    }

    /**
     * {@code |rho_m|}.
     *
     * @param lag {@code m}, from 1
     */
    public double weight(int lag) {
        return weights[lag - 1];
    }

    /**
     * Weights of all lags after {@code lag}.
     *
     * @param lag from 0, after which all lags come
     */
    public double beyond(int lag) {
        return beyond[lag];
    }

    /** All weights together: the bound on the error of a layer without heads. */
    public double total() {
        return beyond[0];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LagKernel kernel && Arrays.equals(weights, kernel.weights);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(weights);
    }

    @Override
    public String toString() {
        return "LagKernel" + Arrays.toString(weights);
    }
}
