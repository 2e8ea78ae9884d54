package apportion.spark.bench;

import java.util.Arrays;

/** Linear least squares whose coefficients are not negative, as no cost is. */
final class LeastSquares {

    private LeastSquares() {}

    /**
     * The coefficients {@code x >= 0} for which {@code rows x} comes closest to {@code values}, each row relative to
     * its value. A coefficient that would be negative is left out, the most negative first.
     *
     * @param rows one for each value, of equal length
     * @param values positive
     */
    static double[] fit(double[][] rows, double[] values) {
        boolean[] used = new boolean[rows[0].length];
        Arrays.fill(used, true);
        while (true) {
            double[] coefficients = solve(rows, values, used);
            int worst = 0;
            for (int i = 1; i < coefficients.length; i++) {
                worst = coefficients[i] < coefficients[worst] ? i : worst;
            }
            if (coefficients[worst] >= 0) {
                return coefficients;
            }
            used[worst] = false;
        }
    }

    /** The normal equations by Gauss and Jordan; what is not used stays 0. */
    private static double[] solve(double[][] rows, double[] values, boolean[] used) {
        int[] columns = java.util.stream.IntStream.range(0, used.length)
                .filter(column -> used[column])
                .toArray();
        int n = columns.length;
        double[][] system = new double[n][n + 1];
        for (int r = 0; r < rows.length; r++) {
            for (int i = 0; i < n; i++) {
                double left = rows[r][columns[i]] / values[r];
                for (int j = 0; j < n; j++) {
                    system[i][j] += left * rows[r][columns[j]] / values[r];
                }
                system[i][n] += left;
            }
        }
        double[] coefficients = new double[used.length];
        for (int i = 0; i < n; i++) {
            pivot(system, i);
        }
        for (int i = 0; i < n; i++) {
            coefficients[columns[i]] = system[i][n];
        }
        return coefficients;
    }

    /** Positive definite systems need no exchange of rows; one that is singular has columns that say the same. */
    private static void pivot(double[][] system, int i) {
        double pivot = system[i][i];
        if (!(pivot > 0)) {
            throw new IllegalArgumentException("the measurements do not tell the coefficients apart");
        }
        for (int j = i; j < system[i].length; j++) {
            system[i][j] /= pivot;
        }
        for (int row = 0; row < system.length; row++) {
            double factor = system[row][i];
            for (int j = i; row != i && j < system[row].length; j++) {
                system[row][j] -= factor * system[i][j];
            }
        }
    }

    /** How much {@code y} grows with {@code x}, of at least two different {@code x}. */
    static double slope(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElseThrow();
        double meanY = Arrays.stream(y).average().orElseThrow();
        double xy = 0;
        double xx = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
        }
        return xy / xx;
    }
}
