package apportion.model.compute.nd4j;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** Matrix products of row-major matrices, asked for so that nothing is copied. */
final class Products {

    private Products() {}

    /**
     * {@code C^T = alpha op(A) op(B) + beta C^T}, where {@code op} transposes or not.
     *
     * <p>Seen column-major, a row-major matrix is its own transpose: so every operand goes in as its transposed view.
     */
    static void multiply(
            double alpha,
            Nd4jTensor a,
            boolean transposeA,
            Nd4jTensor b,
            boolean transposeB,
            double beta,
            Nd4jTensor c) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(!transposeA)
                .transposeB(!transposeB)
                .build();
        Nd4j.exec(new Mmul(a.columnMajor(), b.columnMajor(), c.columnMajor(), alpha, beta, transpose));
    }

    /** {@code c = alpha a b} over the last two of four dimensions, each operand transposed in them or not. */
    static void batched(double alpha, INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray c) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        Nd4j.exec(new Mmul(a, b, c, alpha, 0.0, transpose));
    }
}
