package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;

/** Activations of a fixed width whose number of rows follows the batch. */
final class Buffer implements AutoCloseable {

    /** Memory that is kept and only ever grows; growing loses what was there. */
    static final class Memory implements AutoCloseable {

        private final Backend backend;
        private Tensor numbers;

        Memory(Backend backend, long size) {
            this.backend = backend;
            this.numbers = backend.allocate(1, size);
        }

        private Tensor atLeast(long size) {
            if (numbers.size() < size) {
                numbers.close();
                numbers = backend.allocate(1, size);
            }
            return numbers;
        }

        @Override
        public void close() {
            numbers.close();
        }
    }

    private final Memory memory;
    private final long columns;
    private Tensor seen;
    private Tensor view;

    Buffer(Backend backend, long columns) {
        this(new Memory(backend, columns), columns);
    }

    /** A buffer on memory that others may use, too, one at a time. */
    Buffer(Memory memory, long columns) {
        this.memory = memory;
        this.columns = columns;
        this.seen = memory.atLeast(columns);
        this.view = seen.slice(0, 1, columns);
    }

    long columns() {
        return columns;
    }

    Tensor rows(long count) {
        Tensor numbers = memory.atLeast(count * columns);
        if (numbers != seen || view.rows() != count) {
            seen = numbers;
            view = numbers.slice(0, count, columns);
        }
        return view;
    }

    @Override
    public void close() {
        memory.close();
    }
}
