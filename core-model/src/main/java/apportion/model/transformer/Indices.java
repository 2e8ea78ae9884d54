package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tokens;

/** Token ids, or numbers of rows, as many as a batch needs; memory is kept and only ever grows. */
final class Indices implements AutoCloseable {

    private final Backend backend;
    private Tokens memory;
    private int capacity = 1;

    Indices(Backend backend) {
        this.backend = backend;
        this.memory = backend.allocateTokens(capacity);
    }

    Tokens write(int[] ids) {
        if (ids.length > capacity) {
            memory.close();
            capacity = ids.length;
            memory = backend.allocateTokens(capacity);
        }
        memory.write(ids);
        return memory;
    }

    /** What was written last. */
    Tokens latest() {
        return memory;
    }

    @Override
    public void close() {
        memory.close();
    }
}
