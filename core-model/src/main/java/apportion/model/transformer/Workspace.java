package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import java.util.HashMap;
import java.util.Map;

/** Buffers by their use. Whoever names the same use gets the same memory, so it serves one of them at a time. */
final class Workspace implements AutoCloseable {

    private record Key(String use, long columns) {}

    private final Backend backend;
    private final Map<String, Buffer.Memory> memories = new HashMap<>();
    private final Map<Key, Buffer> buffers = new HashMap<>();

    Workspace(Backend backend) {
        this.backend = backend;
    }

    /** A buffer that the workspace closes. */
    Buffer buffer(String use, long columns) {
        return buffers.computeIfAbsent(
                new Key(use, columns),
                key -> new Buffer(memories.computeIfAbsent(use, name -> new Buffer.Memory(backend, columns)), columns));
    }

    Tensor take(String use, long rows, long columns) {
        return buffer(use, columns).rows(rows);
    }

    @Override
    public void close() {
        memories.values().forEach(Buffer.Memory::close);
    }
}
