package apportion.model.compute.onednn;

import org.bytedeco.javacpp.Pointer;

/** A piece of native memory, zeroed and aligned to cache lines. */
final class Memory implements AutoCloseable {

    private static final long ALIGNMENT = 64;

    private final Pointer start;
    private final long address;
    private boolean closed;

    Memory(long bytes) {
        start = Pointer.calloc(1, bytes + ALIGNMENT);
        if (start == null || start.isNull()) {
            throw new OutOfMemoryError("no " + bytes + " bytes of native memory left");
        }
        address = (start.address() + ALIGNMENT - 1) & -ALIGNMENT;
    }

    long address() {
        return address;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            Pointer.free(start);
        }
    }
}
