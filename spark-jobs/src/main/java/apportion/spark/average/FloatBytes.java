package apportion.spark.average;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What Java's serialization carries in place of {@link Encoded.Floats}: it copies a {@code byte[]} at once and writes a
 * {@code float[]} number by number, which takes three times as long.
 *
 * <p>Little-endian numbers travel in blocks that neither side keeps, so that a vector is never held twice.
 */
final class FloatBytes implements Serializable {

    private static final long serialVersionUID = 1;
    private static final int BLOCK_BYTES = 1 << 22;
    private static final int BLOCK = BLOCK_BYTES / Float.BYTES;

    /** Not final only because Java's serialization fills it. */
    private transient float[] numbers;

    FloatBytes(float[] numbers) {
        this.numbers = numbers;
    }

    private void writeObject(ObjectOutputStream out) throws IOException {
        out.writeInt(numbers.length);
        byte[] block = new byte[0];
        // In 64 bits, as a block may end beyond the longest array.
        for (long from = 0; from < numbers.length; from += BLOCK) {
            int length = (int) Math.min(BLOCK, numbers.length - from);
            if (block.length != length * Float.BYTES) {
                block = new byte[length * Float.BYTES];
            }
            ByteBuffer.wrap(block)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(numbers, (int) from, length);
            // Unshared, or the stream would keep it until it ends.
            out.writeUnshared(block);
        }
    }

    private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
        numbers = new float[in.readInt()];
        for (int at = 0; at < numbers.length; ) {
            byte[] block = (byte[]) in.readUnshared();
            int length = block.length / Float.BYTES;
            ByteBuffer.wrap(block)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(numbers, at, length);
            at += length;
        }
    }

    private Object readResolve() {
        return new Encoded.Floats(numbers);
    }
}
