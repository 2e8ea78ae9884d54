package apportion.model.compute.onednn;

import java.util.Locale;
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
            throw new OutOfMemoryError(
                    String.format(Locale.ROOT, "no %,d bytes of native memory left for oneDNN", bytes));
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
