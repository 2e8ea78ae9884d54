package apportion.spark.average;

import java.io.Serializable;
import java.util.Arrays;

/**
 * A vector as it travels.
 *
 * <p>Encodings with fewer bits store blocks of {@value #BLOCK} numbers as shares of the block's largest magnitude, so
 * that small numbers lose nothing to large ones elsewhere.
 */
public sealed interface Encoded extends Serializable {

    /** Numbers of a block. */
    int BLOCK = 1024;

    /** How vectors are encoded. */
    enum Encoding {
        /** As they are: 4 bytes a number. */
        FLOAT,
        /** IEEE 754 binary16: 2 bytes a number, errors up to 2^-12 of each number, or 2^-25 of the block's largest. */
        FLOAT16,
        /** Whole numbers from -127 to 127: 1 byte a number, errors up to 1/254 of the block's largest. */
        INT8;

        /** Encodes a vector, whose numbers must be finite. */
        public Encoded encode(float[] vector) {
            return switch (this) {
                case FLOAT -> new Floats(vector);
                case FLOAT16 -> Halves.of(vector);
                case INT8 -> Bytes.of(vector);
            };
        }

        /** How many bytes a vector of that length is sent in. */
        public long bytes(long length) {
            long scales = Float.BYTES * ((length + BLOCK - 1) / BLOCK);
            return switch (this) {
                case FLOAT -> Float.BYTES * length;
                case FLOAT16 -> scales + Short.BYTES * length;
                case INT8 -> scales + length;
            };
        }
    }

    /** How many numbers it has. */
    int length();

    /** How many bytes it is sent in, without what Java's serialization adds. */
    long bytes();

    /** The numbers; not to be written to. */
    float[] decode();

    /**
     * A part of it.
     *
     * @param from the first number, a multiple of {@link #BLOCK}
     * @param to the number after the last, a multiple of {@link #BLOCK} or the length
     */
    Encoded slice(int from, int to);

    /** Numbers as they are. */
    record Floats(float[] numbers) implements Encoded {

        private Object writeReplace() {
            return new FloatBytes(numbers);
        }

        @Override
        public int length() {
            return numbers.length;
        }

        @Override
        public long bytes() {
            return (long) Float.BYTES * numbers.length;
        }

        @Override
        public float[] decode() {
            return numbers;
        }

        @Override
        public Encoded slice(int from, int to) {
            return new Floats(Arrays.copyOfRange(numbers, from, to));
        }
    }

    /**
     * Two bytes a number.
     *
     * @param scales of the blocks
     * @param shares of a scale, from -1 to 1
     */
    record Halves(float[] scales, short[] shares) implements Encoded {

        static Halves of(float[] vector) {
            float[] scales = largestOfBlocks(vector);
            short[] shares = new short[vector.length];
            for (int i = 0; i < shares.length; i++) {
                shares[i] = Half.of(share(vector[i], scales[i / BLOCK]));
            }
            return new Halves(scales, shares);
        }

        @Override
        public int length() {
            return shares.length;
        }

        @Override
        public long bytes() {
            return (long) Float.BYTES * scales.length + (long) Short.BYTES * shares.length;
        }

        @Override
        public float[] decode() {
            float[] numbers = new float[shares.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = Half.toFloat(shares[i]) * scales[i / BLOCK];
            }
            return numbers;
        }

        @Override
        public Encoded slice(int from, int to) {
            return new Halves(slicedScales(scales, from, to), Arrays.copyOfRange(shares, from, to));
        }
    }

    /**
     * One byte a number.
     *
     * @param scales of the blocks
     * @param shares of a scale, in parts of 127
     */
    record Bytes(float[] scales, byte[] shares) implements Encoded {

        private static final int LARGEST = 127;

        static Bytes of(float[] vector) {
            float[] scales = largestOfBlocks(vector);
            byte[] shares = new byte[vector.length];
            for (int i = 0; i < shares.length; i++) {
                shares[i] = (byte) Math.rint(LARGEST * share(vector[i], scales[i / BLOCK]));
            }
            return new Bytes(scales, shares);
        }

        @Override
        public int length() {
            return shares.length;
        }

        @Override
        public long bytes() {
            return (long) Float.BYTES * scales.length + shares.length;
        }

        @Override
        public float[] decode() {
            float[] numbers = new float[shares.length];
            for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) ((double) shares[i] * scales[i / BLOCK] / LARGEST);
            }
            return numbers;
        }

        @Override
        public Encoded slice(int from, int to) {
            return new Bytes(slicedScales(scales, from, to), Arrays.copyOfRange(shares, from, to));
        }
    }

    private static float[] largestOfBlocks(float[] vector) {
        float[] scales = new float[(vector.length + BLOCK - 1) / BLOCK];
        for (int i = 0; i < vector.length; i++) {
            scales[i / BLOCK] = Math.max(scales[i / BLOCK], Math.abs(vector[i]));
        }
        return scales;
    }

    private static float share(float number, float scale) {
        return scale == 0 ? 0 : number / scale;
    }

    private static float[] slicedScales(float[] scales, int from, int to) {
        return Arrays.copyOfRange(scales, from / BLOCK, (to + BLOCK - 1) / BLOCK);
    }
}
