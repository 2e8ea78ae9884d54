package apportion.model.inspect;

/** The Jacobian of the softmax, {@code J = diag(p) - p p^T}. */
public final class SoftmaxJacobian {

    private static final double PRECISION = 1e-13;

    private SoftmaxJacobian() {}

    /**
     * Its largest singular value {@code ||J||_2}, which is its largest eigenvalue, as it is symmetric without negative
     * ones: at most {@code max p}, and at most 1/2.
     *
     * <p>Eigenvalues of a diagonal matrix less one of rank 1 lie between its numbers (Golub 1973, section 5): the
     * largest between the two largest probabilities, where it solves {@code sum p_j^2 / (p_j - x) = 1}, whose left side
     * rises there.
     */
    public static double norm(double[] p) {
        double first = 0;
        double second = 0;
        for (double value : p) {
            if (value > first) {
                second = first;
                first = value;
            } else if (value > second) {
                second = value;
            }
        }
        double low = second;
        double high = first;
        while (high - low > PRECISION * first) {
            double middle = 0.5 * (low + high);
            if (middle <= low || middle >= high) {
                break;
            }
            if (secular(p, middle) < 1) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return 0.5 * (low + high);
    }

    private static double secular(double[] p, double x) {
        double sum = 0;
        for (double value : p) {
            sum += value * value / (value - x);
        }
        return sum;
    }
}
