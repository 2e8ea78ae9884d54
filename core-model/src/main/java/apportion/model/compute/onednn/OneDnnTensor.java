package apportion.model.compute.onednn;

import apportion.model.compute.Tensor;
import java.util.Optional;

/** A row-major matrix of 32-bit numbers in native memory. */
final class OneDnnTensor implements Tensor {

    private final long address;
    private final long rows;
    private final long columns;
    private final Optional<Runnable> release;

    private OneDnnTensor(long address, long rows, long columns, Optional<Runnable> release) {
        this.address = address;
        this.rows = rows;
        this.columns = columns;
        this.release = release;
    }

    static OneDnnTensor owning(long address, long rows, long columns, Runnable release) {
        return new OneDnnTensor(address, rows, columns, Optional.of(release));
    }

    static OneDnnTensor borrowing(long address, long size) {
        return new OneDnnTensor(address, 1, size, Optional.empty());
    }

    static OneDnnTensor of(Tensor tensor) {
        return (OneDnnTensor) tensor;
    }

    long address() {
        return address;
    }

    @Override
    public long rows() {
        return rows;
    }

    @Override
    public long columns() {
        return columns;
    }

    @Override
    public OneDnnTensor slice(long offset, long rows, long columns) {
        if (offset < 0 || rows < 1 || columns < 1 || offset + rows * columns > size()) {
            throw new IllegalArgumentException("a slice of " + rows + " x " + columns + " at " + offset
                    + " must lie within the tensor's " + size() + " numbers");
        }
        return new OneDnnTensor(address + Float.BYTES * offset, rows, columns, Optional.empty());
    }

    @Override
    public void close() {
        release.ifPresent(Runnable::run);
    }
}
