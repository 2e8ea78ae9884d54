package apportion.model.compute.onednn;

import apportion.model.compute.AdamWStep;
import apportion.model.compute.DropoutMask;

/**
 * Operations on each number by itself, and sums: loops over pieces of memory in small Java arrays, which the compiler
 * turns into vector instructions.
 */
final class Numbers {

    /** Numbers of a chunk: enough to be worth a thread's while. */
    private static final int CHUNK = 1 << 15;
    /** Numbers that are copied at a time: the four arrays of AdamW stay in the first-level cache. */
    private static final int PIECE = 1 << 11;

    private interface Piece {
        void run(Worker worker, long offset, int count);
    }

    private final Crew crew;

    Numbers(Crew crew) {
        this.crew = crew;
    }

    private static int chunks(long size) {
        return Math.toIntExact((size + CHUNK - 1) / CHUNK);
    }

    private static void pieces(long size, int chunk, Worker worker, Piece piece) {
        long from = (long) chunk * CHUNK;
        long end = Math.min(size, from + CHUNK);
        for (long at = from; at < end; at += PIECE) {
            piece.run(worker, at, (int) Math.min(PIECE, end - at));
        }
    }

    private void each(long size, Piece piece) {
        crew.run(chunks(size), (chunk, worker) -> pieces(size, chunk, worker, piece));
    }

    void clear(OneDnnTensor x) {
        long size = x.size();
        crew.run(chunks(size), (chunk, worker) -> {
            long from = (long) chunk * CHUNK;
            Cursor.zero(worker.cursor(), x.address() + Float.BYTES * from, Float.BYTES * Math.min(CHUNK, size - from));
        });
    }

    void copy(OneDnnTensor x, OneDnnTensor y) {
        each(x.size(), (worker, offset, count) -> {
            float[] piece = worker.array(0, PIECE);
            worker.load(x.address() + Float.BYTES * offset, piece, count);
            worker.store(piece, y.address() + Float.BYTES * offset, count);
        });
    }

    void add(OneDnnTensor x, OneDnnTensor y) {
        each(
                x.size(),
                (worker, offset, count) ->
                        add(worker, x.address() + Float.BYTES * offset, y.address() + Float.BYTES * offset, count));
    }

    /** {@code to += from}, at most as many numbers as fit a small array. */
    private static void add(Worker worker, long from, long to, int count) {
        float[] a = worker.array(0, PIECE);
        float[] b = worker.array(1, PIECE);
        worker.load(from, a, count);
        worker.load(to, b, count);
        for (int i = 0; i < count; i++) {
            b[i] += a[i];
        }
        worker.store(b, to, count);
    }

    /** {@code to += from}, any number of numbers, in one thread. */
    static void addAll(Worker worker, long from, long to, long count) {
        for (long at = 0; at < count; at += PIECE) {
            add(worker, from + Float.BYTES * at, to + Float.BYTES * at, (int) Math.min(PIECE, count - at));
        }
    }

    void scale(OneDnnTensor x, double factor) {
        float rounded = (float) factor;
        each(x.size(), (worker, offset, count) -> scale(worker, x.address() + Float.BYTES * offset, count, rounded));
    }

    private static void scale(Worker worker, long at, int count, float factor) {
        float[] piece = worker.array(0, PIECE);
        worker.load(at, piece, count);
        for (int i = 0; i < count; i++) {
            piece[i] *= factor;
        }
        worker.store(piece, at, count);
    }

    /** Scales any number of numbers, in one thread. */
    static void scaleAll(Worker worker, long from, long count, float factor) {
        for (long at = 0; at < count; at += PIECE) {
            scale(worker, from + Float.BYTES * at, (int) Math.min(PIECE, count - at), factor);
        }
    }

    void dropout(OneDnnTensor x, double rate, long seed) {
        each(x.size(), (worker, offset, count) -> {
            float[] piece = worker.array(0, PIECE);
            float[] factors = worker.array(1, PIECE);
            long at = x.address() + Float.BYTES * offset;
            worker.load(at, piece, count);
            DropoutMask.fill(seed, rate, offset, count, factors);
            for (int i = 0; i < count; i++) {
                piece[i] *= factors[i];
            }
            worker.store(piece, at, count);
        });
    }

    double sum(OneDnnTensor x) {
        return total(x, false);
    }

    double squaredNorm(OneDnnTensor x) {
        return total(x, true);
    }

    /** Chunk by chunk in doubles, then over the chunks in their order, whoever computed them. */
    private double total(OneDnnTensor x, boolean squares) {
        double[] parts = new double[chunks(x.size())];
        crew.run(
                parts.length,
                (chunk, worker) -> pieces(x.size(), chunk, worker, (w, offset, count) -> {
                    float[] piece = w.array(0, PIECE);
                    w.load(x.address() + Float.BYTES * offset, piece, count);
                    parts[chunk] += squares ? sumOfSquares(piece, count) : sum(piece, count);
                }));
        double total = 0;
        for (double part : parts) {
            total += part;
        }
        return total;
    }

    // Four sums at a time: one would wait for its own last addition.

    private static double sum(float[] x, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += x[i];
            b += x[i + 1];
            c += x[i + 2];
            d += x[i + 3];
        }
        for (; i < count; i++) {
            a += x[i];
        }
        return (a + b) + (c + d);
    }

    private static double sumOfSquares(float[] x, int count) {
        double a = 0;
        double b = 0;
        double c = 0;
        double d = 0;
        int i = 0;
        for (; i + 3 < count; i += 4) {
            a += (double) x[i] * x[i];
            b += (double) x[i + 1] * x[i + 1];
            c += (double) x[i + 2] * x[i + 2];
            d += (double) x[i + 3] * x[i + 3];
        }
        for (; i < count; i++) {
            a += (double) x[i] * x[i];
        }
        return (a + b) + (c + d);
    }

    void adamW(AdamWStep step, OneDnnTensor weights, OneDnnTensor gradients, OneDnnTensor first, OneDnnTensor second) {
        Update update = new Update(step);
        each(weights.size(), (worker, offset, count) -> {
            long at = Float.BYTES * offset;
            float[] w = worker.array(0, PIECE);
            float[] g = worker.array(1, PIECE);
            float[] m = worker.array(2, PIECE);
            float[] v = worker.array(3, PIECE);
            worker.load(weights.address() + at, w, count);
            worker.load(gradients.address() + at, g, count);
            worker.load(first.address() + at, m, count);
            worker.load(second.address() + at, v, count);
            update.apply(w, g, m, v, count);
            worker.store(w, weights.address() + at, count);
            worker.store(m, first.address() + at, count);
            worker.store(v, second.address() + at, count);
        });
    }

    /** AdamW's constants, in the precision of the numbers. */
    private static final class Update {

        private final float beta1;
        private final float beta2;
        private final float rest1;
        private final float rest2;
        private final float rate;
        private final float epsilon;
        private final float keep;

        Update(AdamWStep step) {
            beta1 = (float) step.beta1();
            beta2 = (float) step.beta2();
            rest1 = 1 - beta1;
            rest2 = 1 - beta2;
            // The bias that is corrected is that of the rounded betas: 1 - beta2 in floats differs from that in doubles
            // by up to 1e-4 of itself. lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps
            // sqrt(c2))
            double root = Math.sqrt(1 - Math.pow(beta2, (double) step.step()));
            rate = (float) (step.learningRate() * root / (1 - Math.pow(beta1, (double) step.step())));
            epsilon = (float) (step.epsilon() * root);
            keep = (float) (1 - step.learningRate() * step.weightDecay());
        }

        void apply(float[] w, float[] g, float[] m, float[] v, int count) {
            apply(w, g, m, v, count, beta1, beta2, rest1, rest2, rate, epsilon, keep);
        }

        /** The constants as parameters: read from fields, they would keep the loop from being vectorised. */
        private static void apply(
                float[] w,
                float[] g,
                float[] m,
                float[] v,
                int count,
                float beta1,
                float beta2,
                float rest1,
                float rest2,
                float rate,
                float epsilon,
                float keep) {
            for (int i = 0; i < count; i++) {
                m[i] = beta1 * m[i] + rest1 * g[i];
                v[i] = beta2 * v[i] + rest2 * g[i] * g[i];
                w[i] = keep * w[i] - rate * m[i] / ((float) Math.sqrt(v[i]) + epsilon);
            }
        }
    }
}
