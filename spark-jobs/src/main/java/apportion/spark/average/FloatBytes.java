package apportion.spark.average;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What Java's serialization carries in place of {@link Encoded.Floats}: it copies a {@code byte[]} at once and writes a
 * {@code float[]} number by number, which takes three times as long.
 *
 * @param blocks little-endian numbers, since one array of bytes cannot hold all that an array of floats can; all but
 *     the last of {@value #BLOCK_BYTES} bytes
 */
record FloatBytes(byte[][] blocks) implements Serializable {

    private static final int BLOCK_BYTES = 1 << 26;
    private static final int BLOCK = BLOCK_BYTES / Float.BYTES;

    static FloatBytes of(float[] numbers) {
        byte[][] blocks = new byte[numbers.length / BLOCK + (numbers.length % BLOCK == 0 ? 0 : 1)][];
        for (int block = 0; block < blocks.length; block++) {
            int from = block * BLOCK;
            int length = Math.min(BLOCK, numbers.length - from);
            blocks[block] = new byte[length * Float.BYTES];
            ByteBuffer.wrap(blocks[block])
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(numbers, from, length);
        }
        return new FloatBytes(blocks);
    }

    private Object readResolve() {
        int length = 0;
        for (byte[] block : blocks) {
            length += block.length / Float.BYTES;
        }
        float[] numbers = new float[length];
        for (int block = 0; block < blocks.length; block++) {
            ByteBuffer.wrap(blocks[block])
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .get(numbers, block * BLOCK, blocks[block].length / Float.BYTES);
        }
        return new Encoded.Floats(numbers);
    }
}
