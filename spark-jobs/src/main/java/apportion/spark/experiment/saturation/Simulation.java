package apportion.spark.experiment.saturation;

import apportion.model.inspect.LayerAttention;
import apportion.model.inspect.SoftmaxJacobian;
import apportion.model.inspect.ThinProduct;
import java.util.Random;
import java.util.function.ToDoubleFunction;

/** Queries that are drawn, and what their softmax does. */
final class Simulation {

    /** Dimension of tokens, queries and keys of a teacher head, and of its student's. */
    static final int TEACHER = 64;

    static final int STUDENT = 4;

    private Simulation() {}

    /** How logits are drawn. */
    enum Logits {
        CONSTANT("constant") {
            @Override
            double draw(Random random) {
                return 0;
            }
        },
        UNIFORM("uniform in [\u22121, 1]") {
            @Override
            double draw(Random random) {
                return 2 * random.nextDouble() - 1;
            }
        },
        NORMAL("normal, variance 1") {
            @Override
            double draw(Random random) {
                return random.nextGaussian();
            }
        },
        WIDE("normal, variance 4") {
            @Override
            double draw(Random random) {
                return 2 * random.nextGaussian();
            }
        };

        private final String words;

        Logits(String words) {
            this.words = words;
        }

        abstract double draw(Random random);

        String words() {
            return words;
        }
    }

    /** Mean norm of the Jacobian over some draws of as many logits. */
    static double jacobian(Logits logits, int length, int draws, long seed) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L + length);
        double sum = 0;
        for (int draw = 0; draw < draws; draw++) {
            double[] row = random(random, logits::draw, length);
            sum += SoftmaxJacobian.norm(LayerAttention.softmax(row));
        }
        return sum / draws;
    }

    /**
     * What a student's probabilities miss of its teacher's, as means over some draws.
     *
     * @param largest largest error of a probability
     * @param euclidean {@code ||p - p'||_2}
     * @param variation total variation, {@code ||p - p'||_1 / 2}
     * @param output {@code ||sum_j (p_j - p'_j) y_j||_2} for the tokens {@code y}
     */
    record Errors(double largest, double euclidean, double variation, double output) {}

    /**
     * A head of normal weights and its best approximation of a lower rank, on normal tokens. Scores are scaled so that
     * the teacher's largest is 1, as the theorem asks for a bound.
     */
    static Errors reduction(int length, int draws, long seed) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L - length);
        double[][] queries = normal(random, TEACHER, TEACHER);
        double[][] keys = normal(random, TEACHER, TEACHER);
        ThinProduct.Transforms student =
                new ThinProduct(ThinProduct.gram(queries), ThinProduct.gram(keys)).truncated(STUDENT);
        double[] sums = new double[4];
        for (int draw = 0; draw < draws; draw++) {
            double[] query = times(queries, normal(random, 1, TEACHER)[0]);
            double[] small = times(student.left(), query);
            double[][] tokens = normal(random, length, TEACHER);
            double[] scores = new double[length];
            double[] approximations = new double[length];
            double largest = 0;
            for (int j = 0; j < length; j++) {
                double[] key = times(keys, tokens[j]);
                scores[j] = product(query, key);
                approximations[j] = product(small, times(student.right(), key));
                largest = Math.max(largest, Math.abs(scores[j]));
            }
            for (int j = 0; j < length; j++) {
                scores[j] /= largest;
                approximations[j] /= largest;
            }
            add(LayerAttention.softmax(scores), LayerAttention.softmax(approximations), tokens, sums);
        }
        return new Errors(sums[0] / draws, sums[1] / draws, sums[2] / draws, sums[3] / draws);
    }

    private static void add(double[] p, double[] q, double[][] tokens, double[] sums) {
        double largest = 0;
        double squares = 0;
        double absolute = 0;
        double[] output = new double[TEACHER];
        for (int j = 0; j < p.length; j++) {
            double error = p[j] - q[j];
            largest = Math.max(largest, Math.abs(error));
            squares += error * error;
            absolute += Math.abs(error);
            for (int c = 0; c < TEACHER; c++) {
                output[c] += error * tokens[j][c];
            }
        }
        sums[0] += largest;
        sums[1] += Math.sqrt(squares);
        sums[2] += absolute / 2;
        sums[3] += Math.sqrt(product(output, output));
    }

    private static double[] random(Random random, ToDoubleFunction<Random> draw, int length) {
        double[] row = new double[length];
        for (int j = 0; j < length; j++) {
            row[j] = draw.applyAsDouble(random);
        }
        return row;
    }

    private static double[][] normal(Random random, int rows, int columns) {
        double[][] matrix = new double[rows][];
        for (int r = 0; r < rows; r++) {
            matrix[r] = random(random, Random::nextGaussian, columns);
        }
        return matrix;
    }

    private static double[] times(double[][] matrix, double[] x) {
        double[] result = new double[matrix.length];
        for (int r = 0; r < matrix.length; r++) {
            result[r] = product(matrix[r], x);
        }
        return result;
    }

    private static double product(double[] a, double[] b) {
        double product = 0;
        for (int i = 0; i < a.length; i++) {
            product += a[i] * b[i];
        }
        return product;
    }

    /** The least-squares slope of {@code ln y} against {@code ln x}. */
    static double slope(double[] x, double[] y) {
        double meanX = 0;
        double meanY = 0;
        for (int i = 0; i < x.length; i++) {
            meanX += Math.log(x[i]) / x.length;
            meanY += Math.log(y[i]) / x.length;
        }
        double product = 0;
        double squares = 0;
        for (int i = 0; i < x.length; i++) {
            product += (Math.log(x[i]) - meanX) * (Math.log(y[i]) - meanY);
            squares += Math.pow(Math.log(x[i]) - meanX, 2);
        }
        return product / squares;
    }
}
