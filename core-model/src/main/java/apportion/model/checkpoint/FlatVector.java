package apportion.model.checkpoint;

import java.io.IOException;

/** All numbers of one kind side by side, in single or double precision; the array is not copied. */
public sealed interface FlatVector {

    static FlatVector of(float[] values) {
        return new Floats(values);
    }

    static FlatVector of(double[] values) {
        return new Doubles(values);
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
}
