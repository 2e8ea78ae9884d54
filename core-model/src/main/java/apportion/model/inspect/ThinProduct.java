package apportion.model.inspect;

import java.util.Arrays;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.RealMatrix;
import org.apache.commons.math3.linear.SingularValueDecomposition;

/**
 * A product {@code A = L^T R} of two thin matrices, {@code L [d, m]} and {@code R [d, n]}, known by their Gram matrices
 * {@code L L^T} and {@code R R^T} alone.
 *
 * <p>Those are enough for the singular values of {@code A}, which are those of {@code G_L^(1/2) G_R^(1/2)}, and for its
 * best approximation of a lower rank, as that has factors {@code T_L L} and {@code T_R R}. So nothing here is larger
 * than {@code d x d}. Where columns are tokens instead of dimensions, Gram matrices are second moments of data, and the
 * approximation is the one that is best for them.
 */
public final class ThinProduct {

    /** Singular values below this share of the largest are rounding, of roots and of weights in 32 bits. */
    private static final double ROUNDING = 1e-7;

    private final RealMatrix rootLeft;
    private final RealMatrix rootRight;
    private final SingularValueDecomposition svd;

    /**
     * A product.
     *
     * @param gramLeft {@code [d, d]}, symmetric, without negative eigenvalues
     * @param gramRight {@code [d, d]}, likewise
     */
    public ThinProduct(double[][] gramLeft, double[][] gramRight) {
        this.rootLeft = root(gramLeft);
        this.rootRight = root(gramRight);
        this.svd = new SingularValueDecomposition(rootLeft.multiply(rootRight));
    }

    /** The symmetric square root. */
    private static RealMatrix root(double[][] gram) {
        if (!Arrays.stream(gram).flatMapToDouble(Arrays::stream).allMatch(Double::isFinite)) {
            throw new IllegalArgumentException("weights and data must be finite, but a product of them is not");
        }
        SingularValueDecomposition svd = new SingularValueDecomposition(new Array2DRowRealMatrix(gram));
        RealMatrix scaled = svd.getU().copy();
        double[] values = svd.getSingularValues();
        for (int c = 0; c < values.length; c++) {
            scaled.setColumnVector(c, scaled.getColumnVector(c).mapMultiply(Math.sqrt(values[c])));
        }
        return scaled.multiply(svd.getU().transpose());
    }

    /** {@code L L^T} for rows of any length. */
    public static double[][] gram(double[][] rows) {
        double[][] gram = new double[rows.length][rows.length];
        for (int a = 0; a < rows.length; a++) {
            for (int b = 0; b <= a; b++) {
                double product = 0;
                for (int c = 0; c < rows[a].length; c++) {
                    product += rows[a][c] * rows[b][c];
                }
                gram[a][b] = product;
                gram[b][a] = product;
            }
        }
        return gram;
    }

    /** Of {@code A}, the largest first; {@code d} of them. */
    public double[] singularValues() {
        return svd.getSingularValues();
    }

    /** Which share of the sum of the squares the {@code rank} largest singular values have; 1 of nothing. */
    public double kept(int rank) {
        double[] values = singularValues();
        double kept = squares(Arrays.copyOf(values, Math.min(rank, values.length)));
        double all = squares(values);
        return all == 0 ? 1 : kept / all;
    }

    private static double squares(double[] values) {
        return Arrays.stream(values).map(value -> value * value).sum();
    }

    /**
     * Exponential of the entropy of the singular values' shares of their sum (Roy and Vetterli 2007, definition 1):
     * from 1 for a matrix of rank 1 to {@code d} for {@code d} equal ones; 0 of nothing.
     */
    public double effectiveRank() {
        double[] values = singularValues();
        double sum = Arrays.stream(values).sum();
        if (sum == 0) {
            return 0;
        }
        double entropy = 0;
        for (double value : values) {
            double share = value / sum;
            entropy -= share > 0 ? share * Math.log(share) : 0;
        }
        return Math.exp(entropy);
    }

    /**
     * What makes the factors of an approximation from those of the product.
     *
     * @param left {@code T_L [r, d]}: the approximation is {@code (T_L L)^T (T_R R)}
     * @param right {@code T_R [r, d]}
     */
    public record Transforms(double[][] left, double[][] right) {}

    /**
     * The best approximation of a rank in the least-squares sense (Eckart and Young 1936), with {@code U S^(1/2)} and
     * {@code V S^(1/2)} as its factors, so that both are of one size. Rows beyond the product's own rank are 0.
     */
    public Transforms truncated(int rank) {
        int d = rootLeft.getRowDimension();
        double[] values = singularValues();
        double[][] left = new double[rank][d];
        double[][] right = new double[rank][d];
        // L R^T = Q_L G_L^(1/2) G_R^(1/2) Q_R^T has the vectors Q_L U and Q_R V; R^T Q_R V = R^T of G_R^(1/2) V, and so
        // on.
        RealMatrix leftVectors = rootRight.multiply(svd.getV());
        RealMatrix rightVectors = rootLeft.multiply(svd.getU());
        for (int k = 0; k < Math.min(rank, d) && values[k] > ROUNDING * values[0]; k++) {
            for (int c = 0; c < d; c++) {
                left[k][c] = leftVectors.getEntry(c, k) / Math.sqrt(values[k]);
                right[k][c] = rightVectors.getEntry(c, k) / Math.sqrt(values[k]);
            }
        }
        return new Transforms(left, right);
    }
}
