package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import java.util.HashMap;
import java.util.Map;

/** Buffers that one sublayer uses at a time, and that all layers share: gradients on their way through a sublayer. */
final class Workspace implements AutoCloseable {

    private record Key(String use, long columns) {}

    private final Backend backend;
    private final Map<Key, Buffer> buffers = new HashMap<>();

    Workspace(Backend backend) {
        this.backend = backend;
    }

    Tensor take(String use, long rows, long columns) {
        return buffers.computeIfAbsent(new Key(use, columns), key -> new Buffer(backend, columns))
                .rows(rows);
    }

    @Override
    public void close() {
        buffers.values().forEach(Buffer::close);
    }
}
