package apportion.model.compute.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Keeps a token from seeing later ones, and those before its window. */
final class CausalMask implements AutoCloseable {

    private final DataType type;
    private final int window;
    /** For sequences of as many tokens as it has rows. */
    private Nd4jTensor mask;

    CausalMask(DataType type, int window) {
        this.type = type;
        this.window = window;
        this.mask = Nd4jTensor.allocate(type, 1, 1);
    }

    /** Sets the scores of those places to minus infinity, so that their probabilities are exactly 0. */
    void hide(INDArray scores_bhtt) {
        long time = scores_bhtt.size(3);
        if (mask.rows() != time) {
            mask.close();
            mask = Nd4jTensor.allocate(type, time, time);
            for (long i = 0; i < time; i++) {
                for (long j = 0; j < time; j++) {
                    if (j > i || i - j >= window) {
                        mask.array().putScalar(i, j, Double.NEGATIVE_INFINITY);
                    }
                }
            }
        }
        scores_bhtt.addi(mask.array().reshape('c', 1, 1, time, time));
    }

    @Override
    public void close() {
        mask.close();
    }
}
