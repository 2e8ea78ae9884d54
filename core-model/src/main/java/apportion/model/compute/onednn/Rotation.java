package apportion.model.compute.onednn;

/** The angles by which rotary positions turn heads of one dimension. */
final class Rotation {

    private final double base;
    private final int headDim;
    private int time;
    /** Of each place's angles, {@code [t, d/2]}. */
    private float[] cosines = new float[0];

    private float[] sines = new float[0];

    Rotation(double base, int headDim) {
        this.base = base;
        this.headDim = headDim;
    }

    /** Computes the angles that sequences of {@code time} tokens need. */
    void prepare(int time) {
        if (this.time >= time) {
            return;
        }
        this.time = time;
        int half = headDim / 2;
        cosines = new float[time * half];
        sines = new float[time * half];
        for (int t = 0; t < time; t++) {
            for (int i = 0; i < half; i++) {
                double angle = t * Math.pow(base, -2.0 * i / headDim);
                cosines[t * half + i] = (float) Math.cos(angle);
                sines[t * half + i] = (float) Math.sin(angle);
            }
        }
    }

    /**
     * Turns the heads of token {@code t}, pair {@code (x1, x2)} to {@code (x1 cos - x2 sin, x2 cos + x1 sin)}.
     *
     * @param direction 1 forwards, -1 back: the transpose of a rotation is its inverse
     */
    void turn(float[] x, int width, int t, int direction) {
        int half = headDim / 2;
        for (int first = 0; first < width; first += headDim) {
            turn(x, first, half, cosines, sines, t * half, direction);
        }
    }

    private static void turn(float[] x, int first, int half, float[] cosines, float[] sines, int at, float direction) {
        for (int i = 0; i < half; i++) {
            float cosine = cosines[at + i];
            float sine = direction * sines[at + i];
            float x1 = x[first + i];
            float x2 = x[first + half + i];
            x[first + i] = x1 * cosine - x2 * sine;
            x[first + half + i] = x2 * cosine + x1 * sine;
        }
    }
}
