package apportion.model.compute.onednn;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.Positions;
import java.util.Arrays;
import java.util.Optional;

/**
 * A group's queries, keys or values on their way from the projected rows to the products, and their gradients back:
 * multiplied by a diagonal, normalised, turned, each only where the shape has it.
 */
final class Role {

    /** Which of the three. */
    enum Kind {
        QUERIES(0),
        KEYS(1),
        VALUES(2);

        /** Of the diagonals, and of the gains. */
        private final int row;

        Kind(int row) {
            this.row = row;
        }

        int row() {
            return row;
        }
    }

    /**
     * Heads of the tokens of a sequence in memory.
     *
     * @param address of the first token's
     * @param stride numbers between two tokens
     */
    record Rows(long address, long stride) {
        long at(long token) {
            return address + Float.BYTES * token * stride;
        }
    }

    // Slots of a worker's arrays.
    private static final int X = 0;
    private static final int D = 1;
    private static final int DIAGONAL = 2;
    private static final int GAINS = 3;
    private static final int D_DIAGONAL = 4;
    private static final int D_GAINS = 5;
    private static final int SUM = 6;

    private final int headDim;
    private final double epsilon;
    private final Optional<Rotation> rotation;
    /** Factors of the group's columns, and what is added to their gradients. */
    private final Optional<OneDnnTensor> diagonal;

    private final Optional<OneDnnTensor> gains;

    Role(AttentionShape shape, AttentionShape.Group group, Kind kind, AttentionWeights weights) {
        this.headDim = group.heads().headDim();
        this.epsilon = shape.qkNorm().orElse(0);
        this.rotation = kind != Kind.VALUES && shape.positions() instanceof Positions.Rotary rotary
                ? Optional.of(new Rotation(rotary.base(), headDim))
                : Optional.empty();
        this.diagonal = weights.diagonals_3a().map(all -> diagonal(shape, group, kind, all));
        this.gains = gains(kind, weights).map(all -> OneDnnTensor.of(all).slice(group.gains(), 1, headDim));
    }

    /** The part of the diagonals, or of their gradients, that this group's role has. */
    static OneDnnTensor diagonal(AttentionShape shape, AttentionShape.Group group, Kind kind, Tensor diagonals_3a) {
        long first = kind.row * shape.mixedWidth() + group.mixed();
        return OneDnnTensor.of(diagonals_3a).slice(first, 1, group.heads().width());
    }

    /** The gains of a role, or their gradients. */
    static Optional<Tensor> gains(Kind kind, AttentionWeights weights) {
        return switch (kind) {
            case QUERIES -> weights.queryGains_1g();
            case KEYS -> weights.keyGains_1g();
            case VALUES -> Optional.empty();
        };
    }

    /** Whether heads differ from what the rows hold. */
    boolean changes() {
        return rotation.isPresent() || diagonal.isPresent() || gains.isPresent();
    }

    void prepare(int time) {
        rotation.ifPresent(turn -> turn.prepare(time));
    }

    /**
     * Writes the heads as the products take them.
     *
     * @param column of the first head among the group's, for its diagonal
     * @param width of all heads together
     */
    void read(Worker worker, Rows from, Rows to, int time, long column, int width) {
        float[] x = worker.array(X, width);
        float[] factors = factors(worker, column, width);
        float[] gain = gains(worker);
        for (int t = 0; t < time; t++) {
            int token = t;
            worker.load(from.at(t), x, width);
            multiply(x, factors, width);
            if (gains.isPresent()) {
                for (int first = 0; first < width; first += headDim) {
                    normalise(x, first, gain);
                }
            }
            rotation.ifPresent(turn -> turn.turn(x, width, token, 1));
            worker.store(x, to.at(t), width);
        }
    }

    private float[] factors(Worker worker, long column, int width) {
        float[] factors = worker.array(DIAGONAL, width);
        if (diagonal.isPresent()) {
            worker.load(diagonal.get().address() + Float.BYTES * column, factors, width);
        }
        return factors;
    }

    private float[] gains(Worker worker) {
        float[] gain = worker.array(GAINS, headDim);
        gains.ifPresent(all -> worker.load(all.address(), gain, headDim));
        return gain;
    }

    private void multiply(float[] x, float[] factors, int width) {
        if (diagonal.isPresent()) {
            for (int c = 0; c < width; c++) {
                x[c] *= factors[c];
            }
        }
    }

    private double inverse(float[] x, int first) {
        double squares = 0;
        for (int c = first; c < first + headDim; c++) {
            squares += (double) x[c] * x[c];
        }
        return 1 / Math.sqrt(squares / headDim + epsilon);
    }

    private void normalise(float[] x, int first, float[] gain) {
        float inverse = (float) inverse(x, first);
        for (int c = 0; c < headDim; c++) {
            x[first + c] *= inverse * gain[c];
        }
    }

    /**
     * Takes the gradient of what {@link #read} wrote back to the rows.
     *
     * @param rows what that read
     * @param d the gradient
     * @param add whether to add to the rows' gradient, as another role has written there already
     * @param dDiagonal overwritten with the gradient of the diagonal's part, if there is one
     * @param dGains overwritten with the gradient of the gains, if there are some
     */
    void write(
            Worker worker,
            Rows rows,
            Rows d,
            Rows dRows,
            boolean add,
            int time,
            long column,
            int width,
            long dDiagonal,
            long dGains) {
        float[] raw = worker.array(X, width);
        float[] gradient = worker.array(D, width);
        float[] sum = worker.array(SUM, width);
        float[] factors = factors(worker, column, width);
        float[] gain = gains(worker);
        float[] diagonalSum = worker.array(D_DIAGONAL, width);
        float[] gainSum = worker.array(D_GAINS, headDim);
        Arrays.fill(diagonalSum, 0, width, 0);
        Arrays.fill(gainSum, 0, headDim, 0);
        for (int t = 0; t < time; t++) {
            int token = t;
            worker.load(d.at(t), gradient, width);
            rotation.ifPresent(turn -> turn.turn(gradient, width, token, -1));
            if (diagonal.isPresent() || gains.isPresent()) {
                worker.load(rows.at(t), raw, width);
                throughNorm(raw, factors, gain, gradient, gainSum, sum, width);
                throughDiagonal(raw, factors, gradient, diagonalSum, width);
            }
            if (add) {
                worker.load(dRows.at(t), sum, width);
                for (int c = 0; c < width; c++) {
                    gradient[c] += sum[c];
                }
            }
            worker.store(gradient, dRows.at(t), width);
        }
        if (diagonal.isPresent()) {
            worker.store(diagonalSum, dDiagonal, width);
        }
        if (gains.isPresent()) {
            worker.store(gainSum, dGains, headDim);
        }
    }

    /** With {@code k = 1 / rms(x)}: {@code dx = k (d gain - x k^2 mean(d gain x))}, and {@code dGain = d x k}. */
    private void throughNorm(
            float[] raw, float[] factors, float[] gain, float[] d, float[] gainSum, float[] x, int width) {
        if (gains.isEmpty()) {
            return;
        }
        System.arraycopy(raw, 0, x, 0, width);
        multiply(x, factors, width);
        for (int first = 0; first < width; first += headDim) {
            double inverse = inverse(x, first);
            double products = 0;
            for (int c = 0; c < headDim; c++) {
                products += (double) d[first + c] * gain[c] * x[first + c];
            }
            float share = (float) (inverse * inverse * inverse * products / headDim);
            float rounded = (float) inverse;
            for (int c = 0; c < headDim; c++) {
                gainSum[c] += d[first + c] * x[first + c] * rounded;
                d[first + c] = rounded * d[first + c] * gain[c] - share * x[first + c];
            }
        }
    }

    private void throughDiagonal(float[] raw, float[] factors, float[] d, float[] diagonalSum, int width) {
        if (diagonal.isPresent()) {
            for (int c = 0; c < width; c++) {
                diagonalSum[c] += d[c] * raw[c];
                d[c] *= factors[c];
            }
        }
    }
}
