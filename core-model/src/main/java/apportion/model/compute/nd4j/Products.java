package apportion.model.compute.nd4j;

import org.nd4j.linalg.api.blas.params.MMulTranspose;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.reduce.Mmul;
import org.nd4j.linalg.factory.Nd4j;

/** Matrix products of row-major matrices, asked for so that nothing is copied. */
final class Products {

    private Products() {}

    /**
     * {@code C^T = op(A) op(B) + beta C^T}, where {@code op} transposes or not.
     *
     * <p>Seen column-major, a row-major matrix is its own transpose: so every operand goes in as its transposed view.
     */
    static void multiply(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray c, double beta) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(!transposeA)
                .transposeB(!transposeB)
                .build();
        Nd4j.exec(new Mmul(columnMajor(a), columnMajor(b), columnMajor(c), 1.0, beta, transpose));
    }

    private static INDArray columnMajor(INDArray x) {
        long rows = x.size(0);
        long columns = x.size(1);
        return Nd4j.create(x.data(), new long[] {columns, rows}, new long[] {1, columns}, x.offset(), 'f');
    }

    /** {@code c = a b} over the last two of four dimensions, each operand transposed in them or not. */
    static void batched(INDArray a, boolean transposeA, INDArray b, boolean transposeB, INDArray c) {
        MMulTranspose transpose = MMulTranspose.builder()
                .transposeA(transposeA)
                .transposeB(transposeB)
                .build();
        Nd4j.exec(new Mmul(a, b, c, 1.0, 0.0, transpose));
    }
}
