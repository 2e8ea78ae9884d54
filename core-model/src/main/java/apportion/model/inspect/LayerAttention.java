package apportion.model.inspect;

import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.config.Positions;
import java.util.List;
import java.util.Optional;

/**
 * One layer's attention in 64 bits, head by head, from what its projection gave. Backends compute the same in fused
 * operations, which never show scores or probabilities; this is plain, slow and open.
 */
public final class LayerAttention {

    private static final int QUERIES = 0;
    private static final int KEYS = 1;
    private static final int VALUES = 2;

    private final AttentionShape shape;
    private final List<HeadPlace> heads;
    private final Optional<float[]> diagonals;
    private final Optional<float[]> queryGains;
    private final Optional<float[]> keyGains;
    private final Optional<float[]> distanceBias;

    /** The attention of a layer, the first being 0. */
    public LayerAttention(ModelConfig model, NamedWeights weights, int layer) {
        this.shape = AttentionShape.of(model, layer);
        this.heads = HeadPlace.of(shape);
        String name = "block." + layer + ".attention";
        this.diagonals = weights.find(name + ".qkv.gain");
        this.queryGains = weights.find(name + ".query-norm.gain");
        this.keyGains = weights.find(name + ".key-norm.gain");
        this.distanceBias = weights.find(name + ".distance.bias");
    }

    /**
     * What a head computes within one sequence.
     *
     * @param queries {@code [t, d]}, as they are multiplied: normalised and turned where the shape asks for it
     * @param keys {@code [t, d]}, likewise
     * @param values {@code [t, d]}
     * @param scores of each query with the keys that it sees, which end with its own: row {@code i} is as long as they
     *     are many, and its last one is key {@code i}'s
     */
    public record Head(double[][] queries, double[][] keys, double[][] values, double[][] scores) {

        /** Softmax of each row of the scores. */
        public double[][] probabilities() {
            double[][] probabilities = new double[scores.length][];
            for (int i = 0; i < scores.length; i++) {
                probabilities[i] = softmax(scores[i]);
            }
            return probabilities;
        }

        /** {@code [t, d]}: each query's mean of the values, weighted by its probabilities. */
        public double[][] mixed(double[][] probabilities) {
            double[][] mixed = new double[scores.length][values[0].length];
            for (int i = 0; i < scores.length; i++) {
                int first = i + 1 - probabilities[i].length;
                for (int k = 0; k < probabilities[i].length; k++) {
                    for (int c = 0; c < mixed[i].length; c++) {
                        mixed[i][c] += probabilities[i][k] * values[first + k][c];
                    }
                }
            }
            return mixed;
        }
    }

    /** {@code e^x / sum e^x}. */
    public static double[] softmax(double[] x) {
        double largest = Double.NEGATIVE_INFINITY;
        for (double value : x) {
            largest = Math.max(largest, value);
        }
        double[] p = new double[x.length];
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            p[i] = Math.exp(x[i] - largest);
            sum += p[i];
        }
        for (int i = 0; i < x.length; i++) {
            p[i] /= sum;
        }
        return p;
    }

    /** The heads in their order. */
    public List<HeadPlace> heads() {
        return heads;
    }

    /**
     * Computes one head for one sequence.
     *
     * @param projected_np what the projection gave, row after row
     * @param sequence which of those in it
     * @param time tokens of a sequence
     */
    public Head head(float[] projected_np, int sequence, int time, HeadPlace place) {
        int width = Math.toIntExact(shape.width());
        int from = sequence * time * width;
        double[][] queries = rows(projected_np, from + place.query(), width, time, place, QUERIES);
        double[][] keys = rows(projected_np, from + place.key(), width, time, place, KEYS);
        double[][] values = rows(projected_np, from + place.value(), width, time, place, VALUES);
        queryGains.ifPresent(gains -> normalize(queries, gains, place));
        keyGains.ifPresent(gains -> normalize(keys, gains, place));
        if (shape.positions() instanceof Positions.Rotary rotary) {
            turn(queries, rotary.base());
            turn(keys, rotary.base());
        }
        return new Head(queries, keys, values, scores(queries, keys, place));
    }

    private double[][] rows(float[] all, int from, int width, int time, HeadPlace place, int role) {
        int d = place.headDim();
        int factors = Math.toIntExact(role * shape.mixedWidth()) + place.mixed();
        double[][] rows = new double[time][d];
        for (int t = 0; t < time; t++) {
            for (int c = 0; c < d; c++) {
                double factor = diagonals.isPresent() ? diagonals.get()[factors + c] : 1;
                rows[t][c] = factor * all[from + t * width + c];
            }
        }
        return rows;
    }

    private void normalize(double[][] rows, float[] gains, HeadPlace place) {
        double epsilon = shape.qkNorm().orElseThrow();
        for (double[] row : rows) {
            double square = 0;
            for (double value : row) {
                square += value * value;
            }
            double factor = 1 / Math.sqrt(square / row.length + epsilon);
            for (int c = 0; c < row.length; c++) {
                row[c] *= factor * gains[place.gain() + c];
            }
        }
    }

    private static void turn(double[][] rows, double base) {
        int half = rows[0].length / 2;
        for (int t = 0; t < rows.length; t++) {
            for (int c = 0; c < half; c++) {
                double angle = t * Math.pow(base, -(double) c / half);
                double x = rows[t][c];
                double y = rows[t][half + c];
                rows[t][c] = x * Math.cos(angle) - y * Math.sin(angle);
                rows[t][half + c] = y * Math.cos(angle) + x * Math.sin(angle);
            }
        }
    }

    private double[][] scores(double[][] queries, double[][] keys, HeadPlace place) {
        double[][] scores = new double[queries.length][];
        for (int i = 0; i < queries.length; i++) {
            int first = i + 1 - Math.min(i + 1, shape.window());
            scores[i] = new double[i + 1 - first];
            for (int j = first; j <= i; j++) {
                double product = 0;
                for (int c = 0; c < place.headDim(); c++) {
                    product += queries[i][c] * keys[j][c];
                }
                scores[i][j - first] = place.scale() * product + bias(place.head(), i - j);
            }
        }
        return scores;
    }

    private double bias(int head, int distance) {
        if (shape.positions() instanceof Positions.Alibi) {
            return -Positions.Alibi.slopes(heads.size())[head] * distance;
        }
        if (shape.positions() instanceof Positions.Relative relative) {
            int column = Math.min(distance, relative.distances() - 1);
            return distanceBias.orElseThrow()[head * relative.distances() + column];
        }
        return 0;
    }
}
