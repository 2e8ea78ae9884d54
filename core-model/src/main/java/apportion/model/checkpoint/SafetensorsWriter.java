package apportion.model.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * Writes a safetensors file in one pass: first what it will hold, then the values in that order.
 *
 * <p>A call may bring a part of a tensor, a tensor, or several: the boundaries between calls and those between tensors
 * have nothing to do with each other, so one flat vector can be written as many tensors in one call.
 */
public final class SafetensorsWriter implements Closeable {

    private static final int CHUNK_BYTES = 1 << 20;

    private final OutputStream out;
    private final List<TensorSpec> tensors;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int next;
    private long left;

    /**
     * Writes the header.
     *
     * @param out closed with this writer
     * @param tensors of type F32 or F64, in the order in which their values will come
     */
    public SafetensorsWriter(OutputStream out, List<TensorSpec> tensors, Map<String, String> metadata)
            throws IOException {
        for (TensorSpec tensor : tensors) {
            if (tensor.dtype() != Dtype.F32 && tensor.dtype() != Dtype.F64) {
                throw new IllegalArgumentException(
                        "tensor " + tensor.name() + " is " + tensor.dtype() + ", but only F32 and F64 can be written");
            }
        }
        this.out = out;
        this.tensors = List.copyOf(tensors);
        out.write(SafetensorsHeader.encode(tensors, metadata));
    }

    public void write(float[] values) throws IOException {
        int at = 0;
        while (at < values.length) {
            int count = take(Dtype.F32, values.length - at);
            chunk.asFloatBuffer().put(values, at, count);
            out.write(chunk.array(), 0, count * Float.BYTES);
            at += count;
        }
    }

    public void write(double[] values) throws IOException {
        int at = 0;
        while (at < values.length) {
            int count = take(Dtype.F64, values.length - at);
            chunk.asDoubleBuffer().put(values, at, count);
            out.write(chunk.array(), 0, count * Double.BYTES);
            at += count;
        }
    }

    /** How many of {@code offered} values go to the current tensor in one chunk; counts them as written. */
    private int take(Dtype dtype, int offered) {
        while (left == 0) {
            if (next == tensors.size()) {
                throw new IllegalStateException(
                        "all tensors are written, but there are " + offered + " more values; the shapes must fit them");
            }
            left = tensors.get(next++).size();
        }
        TensorSpec tensor = tensors.get(next - 1);
        if (tensor.dtype() != dtype) {
            throw new IllegalStateException("tensor " + tensor.name() + " was announced as " + tensor.dtype()
                    + ", but its values are " + dtype);
        }
        int count = (int) Math.min(left, Math.min(offered, CHUNK_BYTES / dtype.bytes()));
        left -= count;
        return count;
    }

    /** Closes the stream; a tensor that has not got all its values is an error. */
    @Override
    public void close() throws IOException {
        try (out) {
            long missing = left;
            for (TensorSpec tensor : tensors.subList(next, tensors.size())) {
                missing += tensor.size();
            }
            if (missing > 0) {
                throw new IllegalStateException(missing + " values were announced and not written");
            }
        }
    }
}
