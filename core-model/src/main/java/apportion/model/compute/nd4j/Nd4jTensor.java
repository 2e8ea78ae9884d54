package apportion.model.compute.nd4j;

import apportion.model.compute.Tensor;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A row-major matrix on ND4J's memory. */
public final class Nd4jTensor implements Tensor {

    /** More slices of one tensor than any operation takes. */
    private static final int REMEMBERED = 8;

    private final INDArray array;
    private final Optional<INDArray> owned;
    /**
     * The slices that were taken last. ND4J frees the native side of a view once Java has forgotten the view, and
     * compiled code forgets an argument at its last use, which is before the native operation on it ends: the process
     * crashes. So a tensor remembers its slices for a while.
     */
    private final Nd4jTensor[] slices = new Nd4jTensor[REMEMBERED];

    private int taken;
    /** The transposed view that products take, made at its first use: a view costs as much as a small operation. */
    private Optional<INDArray> columnMajor = Optional.empty();

    private Nd4jTensor(INDArray array, Optional<INDArray> owned) {
        this.array = array;
        this.owned = owned;
    }

    static Nd4jTensor allocate(DataType type, long rows, long columns) {
        INDArray memory = Scratch.allocate(type, rows * columns);
        return new Nd4jTensor(matrix(memory, 0, rows, columns), Optional.of(memory));
    }

    /**
     * The memory of an array that somebody else owns, such as a network's flattened parameters, as one row.
     *
     * @throws IllegalArgumentException if its numbers do not lie one after the other
     */
    public static Nd4jTensor flat(INDArray array) {
        if (array.length() > 1 && array.elementWiseStride() != 1) {
            throw new IllegalArgumentException(
                    "a flat tensor needs numbers side by side, got stride " + array.elementWiseStride());
        }
        return new Nd4jTensor(matrix(array, 0, 1, array.length()), Optional.empty());
    }

    /** A part of somebody's memory. */
    static Nd4jTensor view(INDArray memory, long offset, long rows, long columns) {
        return new Nd4jTensor(matrix(memory, offset, rows, columns), Optional.empty());
    }

    INDArray array() {
        return array;
    }

    /** The same memory seen column by column: the transpose. */
    INDArray columnMajor() {
        if (columnMajor.isEmpty()) {
            columnMajor = Optional.of(Nd4j.create(
                    array.data(), new long[] {columns(), rows()}, new long[] {1, columns()}, array.offset(), 'f'));
        }
        return columnMajor.get();
    }

    @Override
    public long rows() {
        return array.size(0);
    }

    @Override
    public long columns() {
        return array.size(1);
    }

    @Override
    public Nd4jTensor slice(long offset, long rows, long columns) {
        if (offset < 0 || rows < 1 || columns < 1 || offset + rows * columns > size()) {
            throw new IllegalArgumentException("a slice of " + rows + " x " + columns + " at " + offset
                    + " must lie within the tensor's " + size() + " numbers");
        }
        Nd4jTensor slice = view(array, offset, rows, columns);
        slices[Math.floorMod(taken++, REMEMBERED)] = slice;
        return slice;
    }

    private static INDArray matrix(INDArray array, long offset, long rows, long columns) {
        return Nd4j.create(
                array.data(), new long[] {rows, columns}, new long[] {columns, 1}, array.offset() + offset, 'c');
    }

    @Override
    public void close() {
        owned.filter(INDArray::closeable).ifPresent(INDArray::close);
    }
}
