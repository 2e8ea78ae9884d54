package apportion.model.compute.onednn;

/** Operations on whole rows that are too small or too rare for a primitive: loops over small Java arrays. */
final class Rows {

    /** Rows of a chunk. */
    private static final int ROWS = 64;

    private interface Row {
        void run(Worker worker, long row);
    }

    private final Crew crew;

    Rows(Crew crew) {
        this.crew = crew;
    }

    private void each(long rows, Row operation) {
        Cut cut = Cut.of(rows, ROWS);
        crew.run(cut.chunks(), (chunk, worker) -> {
            int start = cut.start(chunk);
            for (int row = start; row < start + cut.size(chunk); row++) {
                operation.run(worker, row);
            }
        });
    }

    private static int columns(OneDnnTensor x) {
        return Math.toIntExact(x.columns());
    }

    private static long address(OneDnnTensor x, long row) {
        return x.address() + Float.BYTES * row * x.columns();
    }

    private static float[] load(Worker worker, int slot, OneDnnTensor x, long row) {
        float[] numbers = worker.array(slot, columns(x));
        worker.load(address(x, row), numbers, columns(x));
        return numbers;
    }

    void join(OneDnnTensor left, OneDnnTensor right, OneDnnTensor out) {
        each(out.rows(), (worker, row) -> {
            worker.store(load(worker, 0, left, row), address(out, row), columns(left));
            long behind = address(out, row) + Float.BYTES * left.columns();
            worker.store(load(worker, 0, right, row), behind, columns(right));
        });
    }

    void split(OneDnnTensor x, OneDnnTensor left, OneDnnTensor right) {
        each(x.rows(), (worker, row) -> {
            worker.store(load(worker, 0, x, row), address(left, row), columns(left));
            float[] rest = worker.array(0, columns(right));
            worker.load(address(x, row) + Float.BYTES * left.columns(), rest, columns(right));
            worker.store(rest, address(right, row), columns(right));
        });
    }

    void softmax(OneDnnTensor x) {
        each(x.rows(), (worker, row) -> {
            float[] numbers = load(worker, 0, x, row);
            softmax(numbers, columns(x));
            worker.store(numbers, address(x, row), columns(x));
        });
    }

    private static void softmax(float[] numbers, int count) {
        float largest = Float.NEGATIVE_INFINITY;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, numbers[i]);
        }
        double sum = 0;
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) Math.exp(numbers[i] - largest);
            sum += numbers[i];
        }
        for (int i = 0; i < count; i++) {
            // A number too small to have all its digits slows every product that it meets.
            float share = (float) (numbers[i] / sum);
            numbers[i] = share < Float.MIN_NORMAL ? 0 : share;
        }
    }

    void softmaxBackward(OneDnnTensor probabilities, OneDnnTensor d) {
        each(d.rows(), (worker, row) -> {
            float[] p = load(worker, 0, probabilities, row);
            float[] gradient = load(worker, 1, d, row);
            float dot = (float) dot(p, gradient, columns(d));
            for (int i = 0; i < columns(d); i++) {
                gradient[i] = p[i] * (gradient[i] - dot);
            }
            worker.store(gradient, address(d, row), columns(d));
        });
    }

    void scale(OneDnnTensor x, OneDnnTensor factors, OneDnnTensor out) {
        each(x.rows(), (worker, row) -> {
            float factor = load(worker, 1, factors, row)[0];
            float[] numbers = load(worker, 0, x, row);
            for (int i = 0; i < columns(x); i++) {
                numbers[i] *= factor;
            }
            worker.store(numbers, address(out, row), columns(x));
        });
    }

    void dots(OneDnnTensor a, OneDnnTensor b, OneDnnTensor out) {
        each(a.rows(), (worker, row) -> {
            float[] first = load(worker, 0, a, row);
            float[] second = load(worker, 1, b, row);
            float[] result = worker.array(2, 1);
            result[0] = (float) dot(first, second, columns(a));
            worker.store(result, address(out, row), 1);
        });
    }

    private static double dot(float[] a, float[] b, int count) {
        double sum = 0;
        for (int i = 0; i < count; i++) {
            sum += (double) a[i] * b[i];
        }
        return sum;
    }
}
