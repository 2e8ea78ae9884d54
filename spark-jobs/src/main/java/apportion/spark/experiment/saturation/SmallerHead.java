package apportion.spark.experiment.saturation;

import org.apache.commons.math3.distribution.NormalDistribution;

/**
 * How the errors of {@link Simulation#reduction} go with the length {@code L}, derived for large {@code L}.
 *
 * <p>For a given query the scores {@code s_j = a^T y_j} are normal, as the tokens {@code y_j} are, and of standard
 * deviation {@code 1/m}, where {@code m} is the largest of {@code L} standard normal magnitudes: so they are scaled.
 * Probabilities are off by about {@code (s_j - s'_j) / L}.
 *
 * <ul>
 *   <li>Total variation, half the sum of these magnitudes, goes as {@code 1/m}.
 *   <li>The output {@code sum_j p_j y_j} tends to {@code a}, as weighting normal tokens by {@code e^(a^T y)} moves
 *       their mean by {@code a}. So its error tends to {@code |a - a'|}, which is of order {@code 1/m}, and does not
 *       average out. For finite {@code L} sampling adds {@code d/L} of its square in {@code d} dimensions: it goes as
 *       {@code sqrt(1 + d/L) / m}.
 * </ul>
 */
final class SmallerHead {

    private static final double STEP = 0.01;
    private static final double END = 12;

    private SmallerHead() {}

    /** Total variation, but for a factor that is the same for all lengths. */
    static double variation(double length) {
        return 1 / largest(length);
    }

    /** Error of the output, likewise. */
    static double output(double length) {
        return Math.sqrt(1 + Simulation.TEACHER / length) / largest(length);
    }

    /** Expected largest magnitude of so many standard normal numbers: the integral of the chance that it is more. */
    private static double largest(double length) {
        NormalDistribution normal = new NormalDistribution();
        double sum = 0;
        for (double x = STEP / 2; x < END; x += STEP) {
            sum += STEP * (1 - Math.pow(2 * normal.cumulativeProbability(x) - 1, length));
        }
        return sum;
    }
}
