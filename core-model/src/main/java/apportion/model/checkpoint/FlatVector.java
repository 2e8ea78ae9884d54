package apportion.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;

/** All numbers of one kind side by side, in single or double precision; the array is not copied. */
public sealed interface FlatVector {

    static FlatVector of(float[] values) {
        return new Floats(values);
    }

    static FlatVector of(double[] values) {
        return new Doubles(values);
    }

    /**
     * A vector in single precision that lies elsewhere and comes in slices when it is written, so that a checkpoint may
     * be larger than what this process holds at once.
     *
     * @param slice numbers that are asked for at once, at most
     */
    static FlatVector remote(int length, int slice, Source source) {
        return new Remote(length, slice, source);
    }

    /** Where the numbers of a {@link #remote} vector come from. */
    @FunctionalInterface
    interface Source {

        /** The numbers from one place to before another. */
        float[] numbers(int from, int to) throws IOException;
    }

    /** {@link Dtype#F32} or {@link Dtype#F64}. */
    Dtype dtype();

    int length();

    /** The numbers in single precision: the array itself where it is one of floats, else a rounded copy. */
    float[] floats();

    /** The numbers in double precision: the array itself where it is one of doubles, else an exact copy. */
    double[] doubles();

    void writeTo(SafetensorsWriter writer) throws IOException;

    /** Single precision. */
    final class Floats implements FlatVector {

        private final float[] values;

        private Floats(float[] values) {
            this.values = values;
        }

        @Override
        public Dtype dtype() {
            return Dtype.F32;
        }

        @Override
        public int length() {
            return values.length;
        }

        @Override
        public float[] floats() {
            return values;
        }

        @Override
        public double[] doubles() {
            double[] doubles = new double[values.length];
            for (int i = 0; i < doubles.length; i++) {
                doubles[i] = values[i];
            }
            return doubles;
        }

        @Override
        public void writeTo(SafetensorsWriter writer) throws IOException {
            writer.write(values);
        }
    }

    /** Double precision. */
    final class Doubles implements FlatVector {

        private final double[] values;

        private Doubles(double[] values) {
            this.values = values;
        }

        @Override
        public Dtype dtype() {
            return Dtype.F64;
        }

        @Override
        public int length() {
            return values.length;
        }

        @Override
        public float[] floats() {
            float[] floats = new float[values.length];
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) values[i];
            }
            return floats;
        }

        @Override
        public double[] doubles() {
            return values;
        }

        @Override
        public void writeTo(SafetensorsWriter writer) throws IOException {
            writer.write(values);
        }
    }

    /** Single precision, fetched in slices. */
    final class Remote implements FlatVector {

        private final int length;
        private final int slice;
        private final Source source;

        private Remote(int length, int slice, Source source) {
            this.length = length;
            this.slice = slice;
            this.source = source;
        }

        @Override
        public Dtype dtype() {
            return Dtype.F32;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public float[] floats() {
            float[] values = new float[length];
            try {
                for (int from = 0; from < length; from = end(from)) {
                    System.arraycopy(source.numbers(from, end(from)), 0, values, from, end(from) - from);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return values;
        }

        @Override
        public double[] doubles() {
            return new Floats(floats()).doubles();
        }

        @Override
        public void writeTo(SafetensorsWriter writer) throws IOException {
            for (int from = 0; from < length; from = end(from)) {
                writer.write(source.numbers(from, end(from)));
            }
        }

        private int end(int from) {
            return (int) Math.min((long) from + slice, length);
        }
    }
}
