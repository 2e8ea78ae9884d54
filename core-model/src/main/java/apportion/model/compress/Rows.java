package apportion.model.compress;

import java.util.Arrays;

/** Matrices of a few rows. */
final class Rows {

    private Rows() {}

    /** Rows of both, one behind the other. */
    static double[][] beside(double[][] left, double[][] right) {
        double[][] both = new double[left.length][];
        for (int r = 0; r < left.length; r++) {
            both[r] = Arrays.copyOf(left[r], left[r].length + right[r].length);
            System.arraycopy(right[r], 0, both[r], left[r].length, right[r].length);
        }
        return both;
    }

    static double[][] product(double[][] a, double[][] b, double factor) {
        double[][] product = new double[a.length][b[0].length];
        for (int r = 0; r < a.length; r++) {
            for (int k = 0; k < b.length; k++) {
                for (int c = 0; c < product[r].length; c++) {
                    product[r][c] += factor * a[r][k] * b[k][c];
                }
            }
        }
        return product;
    }

    /** Rows of 0 behind those that are there: a lower rank in a head of the old size. */
    static double[][] filled(double[][] rows, int count) {
        double[][] filled = Arrays.copyOf(rows, count);
        for (int r = rows.length; r < count; r++) {
            filled[r] = new double[rows[0].length];
        }
        return filled;
    }
}
