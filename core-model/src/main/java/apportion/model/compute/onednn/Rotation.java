package apportion.model.compute.onednn;

import apportion.model.config.HeadGroup;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Turns queries and keys by the angles of rotary positions. */
final class Rotation {

    /** Cosines and sines of each place's angles, {@code [t, d/2]} each. */
    private record Angles(int time, float[] cosines, float[] sines) {}

    /**
     * Rows of heads in memory.
     *
     * @param address of the first row
     * @param stride numbers between two rows
     */
    record Rows(long address, long stride) {}

    // Slots of a worker's arrays.
    private static final int IN = 0;
    private static final int OUT = 1;

    private final double base;
    /** By head dimension. */
    private final Map<Integer, Angles> angles = new HashMap<>();

    Rotation(double base) {
        this.base = base;
    }

    /** Computes the angles that sequences of {@code time} tokens need. */
    void prepare(List<HeadGroup> groups, int time) {
        for (HeadGroup group : groups) {
            Angles known = angles.get(group.headDim());
            if (known == null || known.time < time) {
                angles.put(group.headDim(), angles(group.headDim(), time));
            }
        }
    }

    private Angles angles(int headDim, int time) {
        int half = headDim / 2;
        float[] cosines = new float[time * half];
        float[] sines = new float[time * half];
        for (int t = 0; t < time; t++) {
            for (int i = 0; i < half; i++) {
                double angle = t * Math.pow(base, -2.0 * i / headDim);
                cosines[t * half + i] = (float) Math.cos(angle);
                sines[t * half + i] = (float) Math.sin(angle);
            }
        }
        return new Angles(time, cosines, sines);
    }

    /**
     * Turns the rows of a sequence, pair {@code (x1, x2)} to {@code (x1 cos - x2 sin, x2 cos + x1 sin)}.
     *
     * @param heads side by side in a row
     * @param direction 1 forwards, -1 back: the transpose of a rotation is its inverse
     */
    void turn(Worker worker, Rows from, Rows to, int time, int heads, int headDim, int direction) {
        int width = heads * headDim;
        int half = headDim / 2;
        Angles known = angles.get(headDim);
        if (known == null) {
            throw new IllegalStateException("no angles were prepared for heads of " + headDim);
        }
        float[] in = worker.array(IN, width);
        float[] out = worker.array(OUT, width);
        for (int t = 0; t < time; t++) {
            worker.load(from.address + Float.BYTES * (long) t * from.stride, in, width);
            for (int first = 0; first < width; first += headDim) {
                turnOne(in, out, first, half, known, t * half, direction);
            }
            worker.store(out, to.address + Float.BYTES * (long) t * to.stride, width);
        }
    }

    private static void turnOne(float[] in, float[] out, int first, int half, Angles angles, int at, float direction) {
        for (int i = 0; i < half; i++) {
            float cosine = angles.cosines[at + i];
            float sine = direction * angles.sines[at + i];
            float x1 = in[first + i];
            float x2 = in[first + half + i];
            out[first + i] = x1 * cosine - x2 * sine;
            out[first + half + i] = x2 * cosine + x1 * sine;
        }
    }
}
