package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import java.util.Arrays;
import org.bytedeco.dnnl.dnnl_stream;

/** What one thread needs to itself while it computes: a stream, and memory that only ever grows. */
final class Worker implements AutoCloseable {

    /** Stands in until a real one comes. */
    static final Worker NOBODY = new Worker();

    private static final int SLOTS = 8;
    private static final int SCRATCHPAD = SLOTS;

    private final int index;
    private final dnnl_stream stream = new dnnl_stream();
    private final Cursor cursor = new Cursor();
    private final Scratch[] memories = new Scratch[SLOTS + 1];
    private final float[][] arrays = new float[SLOTS][0];

    private Worker() {
        this.index = -1;
    }

    Worker(Library library, int index) {
        this.index = index;
        Arrays.setAll(memories, slot -> new Scratch());
        Library.check(dnnl_stream_create(stream, library.engine(), dnnl_stream_default_flags), "a stream");
    }

    int index() {
        return index;
    }

    dnnl_stream stream() {
        return stream;
    }

    /** For use until the next call of anything. */
    Cursor cursor() {
        return cursor;
    }

    /** Memory that a primitive works in. */
    long scratchpad(long bytes) {
        return memory(SCRATCHPAD, bytes);
    }

    /** The native memory of a slot; whatever was there before may be lost. */
    long memory(int slot, long atLeast) {
        return memories[slot].atLeast(atLeast);
    }

    /** The array of a slot; whatever was there before may be lost. */
    float[] array(int slot, int atLeast) {
        if (arrays[slot].length < atLeast) {
            arrays[slot] = new float[atLeast];
        }
        return arrays[slot];
    }

    void load(long address, float[] to, int count) {
        cursor.at(address).get(to, 0, count);
    }

    void store(float[] from, long address, int count) {
        cursor.at(address).put(from, 0, count);
    }

    @Override
    public void close() {
        for (Scratch memory : memories) {
            memory.close();
        }
        dnnl_stream_destroy(stream);
    }
}
