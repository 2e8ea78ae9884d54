package apportion.spark.dl4j;

import apportion.spark.average.WeightedMean;
import java.io.Serializable;
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
        return vector.dataType() == DataType.DOUBLE
                ? new Numbers(new float[0], vector.dup().data().asDouble())
                : new Numbers(vector.dup().data().asFloat(), new double[0]);
    }

    static Numbers of(WeightedMean mean, DataType type) {
        return type == DataType.DOUBLE
                ? new Numbers(new float[0], mean.doubles())
                : new Numbers(mean.floats(), new double[0]);
    }

    int length() {
        return floats.length + doubles.length;
    }

    void addTo(WeightedMean mean, long weight) {
        if (doubles.length > 0) {
            mean.add(weight, doubles);
        } else {
            mean.add(weight, floats);
        }
    }

    INDArray vector(DataType type) {
        INDArray vector = doubles.length > 0 ? Nd4j.createFromArray(doubles) : Nd4j.createFromArray(floats);
        return vector.castTo(type);
    }

    /** Writes the numbers into a vector of the same length. */
    void copyTo(INDArray vector) {
        vector.assign(vector(vector.dataType()).reshape(vector.shape()));
    }
}
