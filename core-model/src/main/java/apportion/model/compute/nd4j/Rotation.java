package apportion.model.compute.nd4j;

import apportion.model.config.Positions;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Turns queries or keys by the angles of rotary positions. */
final class Rotation implements AutoCloseable {

    private final double base;
    private final int headDim;
    private final DataType type;
    /** Of the angle of each place and coordinate, for sequences of as many tokens as they have rows. */
    private Nd4jTensor cosine;

    private Nd4jTensor sine;
    private boolean prepared;

    private Rotation(double base, int headDim, DataType type) {
        this.base = base;
        this.headDim = headDim;
        this.type = type;
        this.cosine = Nd4jTensor.allocate(type, 1, headDim);
        this.sine = Nd4jTensor.allocate(type, 1, headDim);
    }

    static Optional<Rotation> of(Positions positions, int headDim, DataType type) {
        return positions instanceof Positions.Rotary rotary
                ? Optional.of(new Rotation(rotary.base(), headDim, type))
                : Optional.empty();
    }

    /**
     * Turns in place.
     *
     * @param turned memory of the same shape
     * @param direction 1 forwards, -1 back: the transpose of a rotation is its inverse
     */
    void turn(INDArray x_bhtd, INDArray turned, int direction) {
        long time = x_bhtd.size(2);
        prepare(time);
        int half = headDim / 2;
        part(turned, 0, half).assign(part(x_bhtd, half, headDim)).negi();
        part(turned, half, headDim).assign(part(x_bhtd, 0, half));
        turned.muli(sine.array().reshape('c', 1, 1, time, headDim));
        x_bhtd.muli(cosine.array().reshape('c', 1, 1, time, headDim));
        x_bhtd.addi(turned.muli(direction));
    }

    private static INDArray part(INDArray x, int from, int to) {
        return x.get(NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }

    private void prepare(long time) {
        if (cosine.rows() == time && prepared) {
            return;
        }
        prepared = true;
        close();
        cosine = Nd4jTensor.allocate(type, time, headDim);
        sine = Nd4jTensor.allocate(type, time, headDim);
        int half = headDim / 2;
        for (long t = 0; t < time; t++) {
            for (int i = 0; i < headDim; i++) {
                double angle = t * Math.pow(base, -2.0 * (i % half) / headDim);
                cosine.array().putScalar(t, i, Math.cos(angle));
                sine.array().putScalar(t, i, Math.sin(angle));
            }
        }
    }

    @Override
    public void close() {
        cosine.close();
        sine.close();
    }
}
