package apportion.model.compute.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Keeps a token from seeing later ones. */
final class CausalMask {

    private final DataType type;
    private INDArray mask;

    CausalMask(DataType type) {
        this.type = type;
        this.mask = Nd4j.zeros(type, 1, 1);
    }

    /** Sets the scores of later places to minus infinity, so that their probabilities are exactly 0. */
    void hideLater(INDArray scores_bhtt) {
        long time = scores_bhtt.size(3);
        if (mask.size(0) != time) {
            mask = Scratch.allocate(type, time * time).reshape('c', time, time);
            for (long i = 0; i < time; i++) {
                for (long j = i + 1; j < time; j++) {
                    mask.putScalar(i, j, Double.NEGATIVE_INFINITY);
                }
            }
        }
        scores_bhtt.addi(mask.reshape('c', 1, 1, time, time));
    }
}
