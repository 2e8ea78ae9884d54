package apportion.model.compute.nd4j;

import apportion.model.compute.Tokens;
import java.util.Arrays;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Token ids as the index arrays that ND4J's gathers and scatters take. */
final class Nd4jTokens implements Tokens {

    private final int capacity;
    private int[] ids = new int[0];

    Nd4jTokens(int capacity) {
        this.capacity = capacity;
    }

    @Override
    public void write(int[] ids) {
        if (ids.length > capacity) {
            throw new IllegalArgumentException(ids.length + " tokens do not fit where " + capacity + " were expected");
        }
        this.ids = ids.clone();
    }

    int[] rows() {
        return ids;
    }

    /** A new array, which the caller closes. */
    INDArray ids() {
        return Nd4j.createFromArray(ids);
    }

    boolean someAbsent() {
        return Arrays.stream(ids).anyMatch(id -> id == NONE);
    }

    /** A new column of 1 for a token, 0 for none, which the caller closes. */
    INDArray present(DataType type) {
        INDArray present = Nd4j.create(type, ids.length, 1);
        for (int r = 0; r < ids.length; r++) {
            present.putScalar(r, 0, ids[r] == NONE ? 0 : 1);
        }
        return present;
    }

    /**
     * Where in a flattened {@code [n, V]} matrix each row's token lies, as a new array, which the caller closes; an
     * absent one points at its row's start.
     */
    INDArray flatIndex(long vocabulary) {
        long[] index = new long[ids.length];
        for (int r = 0; r < ids.length; r++) {
            index[r] = r * vocabulary + Math.max(0, ids[r]);
        }
        return Nd4j.createFromArray(index);
    }

    @Override
    public void close() {
        ids = new int[0];
    }
}
