package apportion.model.checkpoint;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;

/**
 * Reads the values of a safetensors file in the order in which they lie there, across the boundaries of tensors.
 *
 * <p>F64 is rounded where floats are asked for; F32, F16 and BF16 are exact in either type. Other types are refused by
 * the name of their tensor.
 */
public final class SafetensorsReader implements Closeable {

    private static final int CHUNK_BYTES = 1 << 20;

    private final String where;
    private final SafetensorsHeader header;
    private final InputStream in;
    private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private int next;
    private long left;

    /**
     * Continues behind a header.
     *
     * @param first the tensor at whose values {@code in} stands
     */
    SafetensorsReader(String where, SafetensorsHeader header, int first, InputStream in) {
        this.where = where;
        this.header = header;
        this.next = first;
        this.in = in;
    }

    /**
     * Reads a file that comes as a stream.
     *
     * @param where the file's name, for messages
     * @param length of the whole file, in bytes
     * @param in the file from its first byte on; closed with the reader
     */
    public static SafetensorsReader of(String where, long length, InputStream in) throws IOException {
        return new SafetensorsReader(where, SafetensorsHeader.read(where, length, in), 0, in);
    }

    /** All tensors of the file, in the order of their values. */
    public List<TensorSpec> tensors() {
        return header.tensors();
    }

    public Map<String, String> metadata() {
        return header.metadata();
    }

    /** Fills {@code count} places of {@code into} from {@code at} on with the next values. */
    public void read(float[] into, int at, int count) throws IOException {
        for (int done = 0; done < count; ) {
            Dtype dtype = current(count - done);
            int values = fill(dtype, count - done);
            decode(dtype, into, at + done, values);
            done += values;
        }
    }

    /** Fills {@code count} places of {@code into} from {@code at} on with the next values. */
    public void read(double[] into, int at, int count) throws IOException {
        for (int done = 0; done < count; ) {
            Dtype dtype = current(count - done);
            int values = fill(dtype, count - done);
            if (dtype == Dtype.F64) {
                chunk.asDoubleBuffer().get(into, at + done, values);
            } else {
                float[] floats = new float[values];
                decode(dtype, floats, 0, values);
                for (int i = 0; i < values; i++) {
                    into[at + done + i] = floats[i];
                }
            }
            done += values;
        }
    }

    /** Moves to the next tensor that has values left, and gives its type. */
    private Dtype current(int wanted) {
        while (left == 0) {
            if (next == header.tensors().size()) {
                throw new IllegalStateException(where + ": all values are read, but " + wanted + " more are asked for");
            }
            left = header.tensors().get(next++).size();
        }
        TensorSpec tensor = header.tensors().get(next - 1);
        return switch (tensor.dtype()) {
            case F64, F32, F16, BF16 -> tensor.dtype();
            default ->
                throw new CheckpointError(
                        where,
                        "tensor " + tensor.name() + " is " + tensor.dtype()
                                + ", but only F64, F32, F16 and BF16 can be read as numbers; do not ask for this one");
        };
    }

    /** Brings the next values into the chunk, as many as are wanted, fit it and belong to the current tensor. */
    private int fill(Dtype dtype, int wanted) throws IOException {
        int values = (int) Math.min(left, Math.min(wanted, CHUNK_BYTES / dtype.bytes()));
        int bytes = values * dtype.bytes();
        int read = in.readNBytes(chunk.array(), 0, bytes);
        if (read < bytes) {
            throw new CheckpointError(
                    where,
                    "ends " + (bytes - read) + " bytes or more inside the values of tensor "
                            + header.tensors().get(next - 1).name() + "; the file is truncated: use another copy");
        }
        left -= values;
        return values;
    }

    private void decode(Dtype dtype, float[] into, int at, int count) {
        switch (dtype) {
            case F32 -> chunk.asFloatBuffer().get(into, at, count);
            case F64 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = (float) chunk.getDouble(i * Double.BYTES);
                }
            }
            case F16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = half(chunk.getShort(i * Short.BYTES));
                }
            }
            case BF16 -> {
                for (int i = 0; i < count; i++) {
                    into[at + i] = Float.intBitsToFloat(chunk.getShort(i * Short.BYTES) << 16);
                }
            }
            default -> throw new IllegalStateException(dtype + " cannot be decoded");
        }
    }

    /** IEEE 754 binary16: 1 bit sign, 5 bits exponent of bias 15, 10 bits fraction. */
    private static float half(short bits) {
        int sign = (bits & 0x8000) << 16;
        int exponent = bits >>> 10 & 0x1f;
        int fraction = bits & 0x3ff;
        if (exponent == 0) {
            float magnitude = fraction * 0x1p-24f;
            return sign == 0 ? magnitude : -magnitude;
        }
        // Infinity and NaN keep a full exponent; the others move from bias 15 to bias 127.
        int wide = exponent == 0x1f ? 0xff : exponent + 112;
        return Float.intBitsToFloat(sign | wide << 23 | fraction << 13);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
