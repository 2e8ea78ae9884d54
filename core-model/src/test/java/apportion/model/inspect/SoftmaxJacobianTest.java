package apportion.model.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.apache.commons.math3.linear.Array2DRowRealMatrix;
import org.apache.commons.math3.linear.EigenDecomposition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SoftmaxJacobianTest {

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 17, 1024})
    void ofEqualLogitsItIsOneOfTheirNumber(int length) {
        assertThat(SoftmaxJacobian.norm(LayerAttention.softmax(new double[length])))
                .isEqualTo(1.0 / length, within(1e-12));
    }

    @Test
    void ofTwoEqualProbabilitiesItIsAHalf() {
        assertThat(SoftmaxJacobian.norm(new double[] {0.5, 0.5})).isEqualTo(0.5, within(1e-12));
        assertThat(SoftmaxJacobian.norm(new double[] {0.5, 0.5, 0, 0})).isEqualTo(0.5, within(1e-12));
    }

    @Test
    void ofCertaintyItIsNothing() {
        assertThat(SoftmaxJacobian.norm(new double[] {1})).isEqualTo(0, within(1e-12));
        assertThat(SoftmaxJacobian.norm(new double[] {0, 1, 0})).isEqualTo(0, within(1e-12));
    }

    /** {@code p (1 - p)} twice, and nothing else, is in the matrix of two probabilities: its norm is twice that. */
    @Test
    void ofTwoProbabilitiesItIsTwiceTheirProduct() {
        assertThat(SoftmaxJacobian.norm(new double[] {0.9, 0.1})).isEqualTo(0.18, within(1e-12));
    }

    @Test
    void itIsTheLargestEigenvalueAndWithinItsBounds() {
        Random random = new Random(1);
        for (int trial = 0; trial < 50; trial++) {
            double[] p = LayerAttention.softmax(
                    random.doubles(2 + trial % 9).map(x -> 6 * x).toArray());
            double[][] jacobian = new double[p.length][p.length];
            for (int i = 0; i < p.length; i++) {
                for (int j = 0; j < p.length; j++) {
                    jacobian[i][j] = (i == j ? p[i] : 0) - p[i] * p[j];
                }
            }
            double largest = Arrays.stream(
                            new EigenDecomposition(new Array2DRowRealMatrix(jacobian)).getRealEigenvalues())
                    .max()
                    .orElseThrow();
            assertThat(SoftmaxJacobian.norm(p))
                    .isEqualTo(largest, within(1e-12))
                    .isLessThanOrEqualTo(Math.min(0.5, Arrays.stream(p).max().orElseThrow()) + 1e-12);
        }
    }
}
