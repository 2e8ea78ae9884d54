package apportion.model.config;

import java.io.Serializable;

/**
 * How weights start, and what follows from it for the rate at which they learn. Norms' gains start at 1, biases at 0,
 * tables of vectors normally distributed with the standard deviation {@link #std()}; the schemes differ in matrices.
 */
public sealed interface Initialization extends Serializable {

    /** Standard deviation of the tables of vectors. */
    double std();

    /** Standard deviation of the matrices inside blocks, unless they lead back into the residual stream. */
    double matrixStd(long outputs, long inputs, int width);

    /** Standard deviation of an output projection that is no embedding, too. */
    double outputStd(long outputs, long inputs);

    /** What {@link #matrixStd} is divided by for the matrices back into the residual stream. */
    default double residualDivisor(int layers) {
        return Math.sqrt(2.0 * layers);
    }

    /** Whether matrices are drawn evenly from an interval, not from a normal distribution. */
    default boolean uniform() {
        return false;
    }

    /** What the learning rate of the matrices inside blocks is multiplied by; their decay a step stays the same. */
    default double matrixRate(int width) {
        return 1;
    }

    /** What the last block's output is multiplied by before the output projection. */
    default double outputScale(int width) {
        return 1;
    }

    /**
     * Normal with one standard deviation, divided by {@code sqrt(2 L)} where a matrix leads back into the residual
     * stream (Radford et al. 2019, section 2.3).
     *
     * @param std the standard deviation
     */
    record Gpt2(double std) implements Initialization {
        public Gpt2 {
            checkStd(std);
        }

        @Override
        public double matrixStd(long outputs, long inputs, int width) {
            return std;
        }

        @Override
        public double outputStd(long outputs, long inputs) {
            return std;
        }
    }

    /**
     * Uniform within {@code +-sqrt(6 / (inputs + outputs))} (Glorot and Bengio 2010, equation 16). Projections that are
     * stacked in one matrix count as one, as in PyTorch's attention.
     *
     * @param std standard deviation of the tables, for which inputs and outputs mean nothing
     */
    record Xavier(double std) implements Initialization {
        public Xavier {
            checkStd(std);
        }

        @Override
        public double matrixStd(long outputs, long inputs, int width) {
            return outputStd(outputs, inputs);
        }

        @Override
        public double outputStd(long outputs, long inputs) {
            return Math.sqrt(2.0 / (inputs + outputs));
        }

        @Override
        public double residualDivisor(int layers) {
            return 1;
        }

        @Override
        public boolean uniform() {
            return true;
        }
    }

    /**
     * Maximal update parametrisation for AdamW (Yang et al. 2021, table 8, which allows tied embeddings), measured from
     * a base width at which it is GPT-2's scheme. With {@code m = C / base-width}:
     *
     * <table>
     * <caption>What is multiplied</caption>
     * <tr><th>weights</th><th>standard deviation</th><th>learning rate</th><th>output</th></tr>
     * <tr><td>matrices inside blocks</td><td>{@code 1 / sqrt(m)}</td><td>{@code 1 / m}</td><td>1</td></tr>
     * <tr><td>tables of tokens and places</td><td>1</td><td>1</td><td>1</td></tr>
     * <tr><td>output projection, tied or not</td><td>1</td><td>1</td><td>{@code 1 / m}</td></tr>
     * <tr><td>norms and biases</td><td></td><td>1</td><td>1</td></tr>
     * </table>
     *
     * <p>Attention and feed-forward widths are taken to grow with {@code C}. The decay of a step, learning rate times
     * weight decay, is the same for all matrices, as in the authors' own package. The paper also wants attention scores
     * divided by {@code d} where head dimensions grow, which is {@link Scale.Inverse}, and suggests an output
     * projection of zeros, which is not done here.
     *
     * @param std standard deviation at the base width
     * @param baseWidth the width for which std and learning rate were found
     */
    record Mup(double std, int baseWidth) implements Initialization {
        public Mup {
            checkStd(std);
            Check.atLeast(1, baseWidth, "initialization.base-width");
        }

        @Override
        public double matrixStd(long outputs, long inputs, int width) {
            return std / Math.sqrt((double) width / baseWidth);
        }

        @Override
        public double outputStd(long outputs, long inputs) {
            return std;
        }

        @Override
        public double matrixRate(int width) {
            return (double) baseWidth / width;
        }

        @Override
        public double outputScale(int width) {
            return (double) baseWidth / width;
        }
    }

    private static void checkStd(double std) {
        Check.positive(std, "initialization.std");
    }
}
