package apportion.model.compute;

/** A matrix {@code [rows, columns]} in row-major order, wherever its backend keeps it. */
public interface Tensor extends AutoCloseable {

    /** Rows: tokens of an activation, outputs of a weight. */
    long rows();

    /** Columns: features. */
    long columns();

    /** How many numbers it holds. */
    default long size() {
        return rows() * columns();
    }

    /**
     * A part of the same memory, seen as a matrix of its own.
     *
     * @param offset first number of the part, counted in row-major order
     */
    Tensor slice(long offset, long rows, long columns);

    /** The first rows, sharing memory. */
    default Tensor firstRows(long count) {
        return count == rows() ? this : slice(0, count, columns());
    }

    /** Frees the memory; of a slice, does nothing. */
    @Override
    void close();
}
