package apportion.spark.statistics;

import org.apache.commons.statistics.distribution.ChiSquaredDistribution;
import org.apache.commons.statistics.distribution.NormalDistribution;

/**
 * The range of {@code groups} standard normal values, divided by an independent estimate of their standard deviation
 * with {@code degrees} degrees of freedom (Tukey 1949).
 *
 * <p>{@code P(Q <= q) = E_s[ groups * integral phi(z) (Phi(z) - Phi(z - q s))^(groups-1) dz ]} with {@code s^2 ~
 * chi^2(degrees) / degrees}. Both integrals use the trapezoidal rule, which converges faster than any power of the step
 * for smooth functions that vanish at both ends; the outer one runs over {@code ln s}, where they do.
 */
final class StudentizedRange {

    private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

    /** Beyond 8.5 a normal density is below 1e-16. */
    private static final double NORMAL_END = 8.5;

    private static final int NORMAL_STEPS = 68;
    /** With few degrees of freedom ln s spreads widely to the left, but its density ends sharply on the right. */
    private static final int FEWEST_SCALE_STEPS = 64;

    private static final double LONGEST_SCALE_STEP = 0.2;

    /** Chi-squared quantiles between which the outer integral runs; what lies outside is below the accuracy wanted. */
    private static final double TAIL = 1e-10;

    private static final double[] DENSITY = new double[NORMAL_STEPS + 1];
    private static final double[] CUMULATIVE = new double[NORMAL_STEPS + 1];

    static {
        for (int i = 0; i <= NORMAL_STEPS; i++) {
            DENSITY[i] = NORMAL.density(point(i));
            CUMULATIVE[i] = NORMAL.cumulativeProbability(point(i));
        }
    }

    private StudentizedRange() {}

    /** The value that {@code Q} stays below with the given probability; accurate to about 1e-6. */
    static double quantile(double probability, int groups, double degrees) {
        if (groups < 2) {
            throw new IllegalArgumentException("a range needs at least 2 groups, got " + groups);
        }
        if (!(degrees >= 1)) {
            throw new IllegalArgumentException("degrees of freedom must be at least 1, got " + degrees);
        }
        double low = 0;
        double high = 8;
        while (cumulative(high, groups, degrees) < probability) {
            low = high;
            high *= 2;
        }
        return crossing(probability, groups, degrees, low, high);
    }

    /** False position with the Illinois rule: halve the value at an end that stays put, or it would stay for ever. */
    private static double crossing(double probability, int groups, double degrees, double start, double end) {
        double low = start;
        double high = end;
        double atLow = cumulative(low, groups, degrees) - probability;
        double atHigh = cumulative(high, groups, degrees) - probability;
        double q = high;
        double before = low;
        while (Math.abs(q - before) > 1e-7 * q) {
            before = q;
            q = (low * atHigh - high * atLow) / (atHigh - atLow);
            double at = cumulative(q, groups, degrees) - probability;
            if (at < 0) {
                low = q;
                atLow = at;
                atHigh /= 2;
            } else {
                high = q;
                atHigh = at;
                atLow /= 2;
            }
        }
        return q;
    }

    /** {@code P(Q <= q)}. */
    static double cumulative(double q, int groups, double degrees) {
        // With this many, s is 1 to within the accuracy wanted, and chi-squared quantiles become slow.
        if (degrees > 1e6) {
            return rangeWithin(q, groups);
        }
        ChiSquaredDistribution chiSquared = ChiSquaredDistribution.of(degrees);
        double start = Math.log(chiSquared.inverseCumulativeProbability(TAIL) / degrees) / 2;
        double end = Math.log(chiSquared.inverseSurvivalProbability(TAIL) / degrees) / 2;
        int steps = Math.max(FEWEST_SCALE_STEPS, (int) Math.ceil((end - start) / LONGEST_SCALE_STEP));
        double step = (end - start) / steps;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double s = Math.exp(start + i * step);
            double x = degrees * s * s;
            // dx = 2 x d(ln s)
            sum += chiSquared.density(x) * 2 * x * rangeWithin(q * s, groups);
        }
        return Math.min(1, sum * step);
    }

    /** Probability that {@code groups} standard normal values lie within {@code width} of each other. */
    private static double rangeWithin(double width, int groups) {
        double sum = 0;
        for (int i = 0; i <= NORMAL_STEPS; i++) {
            double between = CUMULATIVE[i] - NORMAL.cumulativeProbability(point(i) - width);
            sum += DENSITY[i] * Math.pow(between, groups - 1);
        }
        return Math.min(1, groups * sum * 2 * NORMAL_END / NORMAL_STEPS);
    }

    private static double point(int i) {
        return -NORMAL_END + 2 * NORMAL_END * i / NORMAL_STEPS;
    }
}
