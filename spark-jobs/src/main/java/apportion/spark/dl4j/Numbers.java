package apportion.spark.dl4j;

import apportion.spark.average.WeightedMean;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * An ND4J vector as a primitive array, since Java's serialization writes an {@code INDArray} number by number.
 *
 * @param floats the numbers, unless they are doubles
 * @param doubles the numbers, if they are doubles
 */
record Numbers(float[] floats, double[] doubles) implements Serializable {

    static final Numbers NONE = new Numbers(new float[0], new double[0]);

    /** A copy of a vector; nothing of nothing, as an updater without memory has none. */
    static Numbers of(@Nullable INDArray vector) {
        if (vector == null) {
            return NONE;
        }
        // As NIO buffers, which copy all at once; ND4J's own conversions go number by number.
        if (vector.dataType() == DataType.DOUBLE) {
            double[] doubles = new double[Math.toIntExact(vector.length())];
            vector.dup().data().asNioDouble().get(doubles);
            return new Numbers(new float[0], doubles);
        }
        float[] floats = new float[Math.toIntExact(vector.length())];
        vector.castTo(DataType.FLOAT).dup().data().asNioFloat().get(floats);
        return new Numbers(floats, new double[0]);
    }

    long bytes() {
        return (long) Float.BYTES * floats.length + (long) Double.BYTES * doubles.length;
    }

    /** The weighted mean of vectors of one length and type. */
    static Numbers mean(List<Numbers> vectors, long[] weights) {
        WeightedMean mean = new WeightedMean(vectors.get(0).length(), weights);
        boolean isDouble = vectors.get(0).doubles.length > 0;
        for (int i = 0; i < weights.length; i++) {
            if (isDouble) {
                mean.add(weights[i], vectors.get(i).doubles);
            } else {
                mean.add(weights[i], vectors.get(i).floats);
            }
        }
        return isDouble ? new Numbers(new float[0], mean.doubles()) : new Numbers(mean.floats(), new double[0]);
    }

    int length() {
        return floats.length + doubles.length;
    }

    INDArray vector(DataType type) {
        boolean isDouble = doubles.length > 0;
        INDArray vector = Nd4j.createUninitialized(isDouble ? DataType.DOUBLE : DataType.FLOAT, length());
        if (isDouble) {
            vector.data().asNioDouble().put(doubles);
        } else {
            vector.data().asNioFloat().put(floats);
        }
        return vector.castTo(type);
    }

    /** Writes the numbers into a vector of the same length. */
    void copyTo(INDArray vector) {
        vector.assign(vector(vector.dataType()).reshape(vector.shape()));
    }
}
