package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;

/** Activations of a fixed width whose number of rows follows the batch; memory is kept and only ever grows. */
final class Buffer implements AutoCloseable {

    private final Backend backend;
    private final long columns;
    private Tensor memory;
    private Tensor view;

    Buffer(Backend backend, long columns) {
        this.backend = backend;
        this.columns = columns;
        this.memory = backend.allocate(1, columns);
        this.view = memory;
    }

    long columns() {
        return columns;
    }

    Tensor rows(long count) {
        if (view.rows() == count) {
            return view;
        }
        if (memory.rows() < count) {
            memory.close();
            memory = backend.allocate(count, columns);
        }
        view = memory.firstRows(count);
        return view;
    }

    @Override
    public void close() {
        memory.close();
    }
}
