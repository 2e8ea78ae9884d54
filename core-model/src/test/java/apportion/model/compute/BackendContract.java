package apportion.model.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.AttentionShape;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Scores;
import apportion.model.config.Sharing;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every operation's forward pass against loops over plain arrays; gradients are checked through whole models. */
public abstract class BackendContract {

    /** What a few dozen float roundings of numbers near 1 add up to. */
    private static final float TOLERANCE = 2e-5f;

    private final Backend backend;
    private final Random random = new Random(11);

    /** The operations of a backend in single precision, which is closed here. */
    protected BackendContract(Backend backend) {
        this.backend = backend;
    }

    @AfterEach
    void close() {
        backend.close();
    }

    private float[] numbers(int count) {
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) random.nextGaussian();
        }
        return numbers;
    }

    private Tensor tensor(float[] values, int rows) {
        Tensor tensor = backend.allocate(rows, values.length / rows);
        backend.write(values, tensor);
        return tensor;
    }

    private float[] read(Tensor tensor) {
        float[] out = new float[(int) tensor.size()];
        backend.read(tensor, out);
        return out;
    }

    private void assertHolds(Tensor actual, float[] expected) {
        assertThat(read(actual)).containsExactly(expected, within(TOLERANCE));
    }

    record Product(int n, int i, int o) {}

    static List<Product> products() {
        return List.of(
                new Product(1, 1, 1),
                new Product(1, 5, 3),
                new Product(7, 1, 3),
                new Product(7, 5, 1),
                new Product(6, 4, 9),
                new Product(33, 17, 13));
    }

    @ParameterizedTest
    @MethodSource("products")
    void linearAndItsGradientsEqualLoops(Product shape) {
        float[] x = numbers(shape.n * shape.i);
        float[] w = numbers(shape.o * shape.i);
        float[] b = numbers(shape.o);
        float[] dOut = numbers(shape.n * shape.o);
        float[] dX = numbers(shape.n * shape.i);
        float[] dW = numbers(shape.o * shape.i);
        float[] dB = numbers(shape.o);
        float[] out = new float[shape.n * shape.o];
        float[] plain = new float[shape.n * shape.o];
        float[] dXAlone = new float[dX.length];
        Tensor xT = tensor(x, shape.n);
        Tensor wT = tensor(w, shape.o);
        Tensor dOutT = tensor(dOut, shape.n);
        Tensor dXAdded = tensor(dX, shape.n);
        Tensor dXSet = tensor(dX, shape.n);
        Tensor dWT = tensor(dW, shape.o);
        Tensor dBT = tensor(dB, 1);
        float[] dWBefore = dW.clone();
        float[] dBBefore = dB.clone();
        for (int n = 0; n < shape.n; n++) {
            for (int o = 0; o < shape.o; o++) {
                float gradient = dOut[n * shape.o + o];
                dB[o] += gradient;
                for (int i = 0; i < shape.i; i++) {
                    plain[n * shape.o + o] += x[n * shape.i + i] * w[o * shape.i + i];
                    dXAlone[n * shape.i + i] += gradient * w[o * shape.i + i];
                    dX[n * shape.i + i] += gradient * w[o * shape.i + i];
                    dW[o * shape.i + i] += gradient * x[n * shape.i + i];
                }
                out[n * shape.o + o] = plain[n * shape.o + o] + b[o];
            }
        }
        Tensor outT = tensor(numbers(out.length), shape.n);
        backend.linear(xT, wT, Optional.of(tensor(b, 1)), outT);
        assertHolds(outT, out);
        backend.linear(xT, wT, Optional.empty(), outT);
        assertHolds(outT, plain);
        float[] addend = numbers(out.length);
        backend.linear(xT, wT, Optional.of(tensor(b, 1)), tensor(addend, shape.n), outT);
        assertHolds(outT, sum(out, addend));
        backend.linear(xT, wT, Optional.empty(), tensor(addend, shape.n), outT);
        assertHolds(outT, sum(plain, addend));
        backend.linearBackwardInput(dOutT, wT, dXAdded, true);
        assertHolds(dXAdded, dX);
        backend.linearBackwardInput(dOutT, wT, dXSet, false);
        assertHolds(dXSet, dXAlone);
        backend.linearBackwardWeight(xT, dOutT, dWT, Optional.of(dBT));
        assertHolds(dWT, dW);
        assertHolds(dBT, dB);
        Tensor dWInOneGo = tensor(dWBefore, shape.o);
        Tensor dBInOneGo = tensor(dBBefore, 1);
        backend.linearBackward(xT, wT, dOutT, dXSet, dWInOneGo, Optional.of(dBInOneGo));
        assertHolds(dXSet, dXAlone);
        assertHolds(dWInOneGo, dW);
        assertHolds(dBInOneGo, dB);
        backend.linearBackwardWeight(xT, dOutT, dWT, Optional.empty());
        assertHolds(dBT, dB);
    }

    private static float[] sum(float[] a, float[] b) {
        float[] sum = a.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += b[i];
        }
        return sum;
    }

    @ParameterizedTest
    @EnumSource(Norm.Type.class)
    void normsEqualLoops(Norm.Type type) {
        for (int[] shape : new int[][] {{1, 1}, {1, 5}, {7, 1}, {6, 4}, {33, 17}}) {
            int rows = shape[0];
            int columns = shape[1];
            float[] x = numbers(rows * columns);
            x[0] += 30;
            float[] gain = numbers(columns);
            float[] bias = numbers(columns);
            float[] expected = new float[x.length];
            for (int r = 0; r < rows; r++) {
                double mean = 0;
                for (int c = 0; c < columns && type == Norm.Type.LAYER; c++) {
                    mean += x[r * columns + c] / (double) columns;
                }
                double squares = 0;
                for (int c = 0; c < columns; c++) {
                    squares += Math.pow(x[r * columns + c] - mean, 2) / columns;
                }
                for (int c = 0; c < columns; c++) {
                    double normal = (x[r * columns + c] - mean) / Math.sqrt(squares + 1e-2);
                    expected[r * columns + c] = (float) (normal * gain[c] + bias[c]);
                }
            }
            Tensor xT = tensor(x, rows);
            Tensor out = tensor(numbers(x.length), rows);
            Tensor statistics = backend.allocate(rows, 2);
            backend.norm(
                    new Norm(type, 1e-2, Norm.Placement.PRE),
                    xT,
                    tensor(gain, 1),
                    Optional.of(tensor(bias, 1)),
                    out,
                    statistics);
            assertHolds(out, expected);
            assertThat(read(xT)).as("the input stays").isEqualTo(x);
        }
    }

    @Test
    void aConstantRowStaysFiniteUnderItsNorm() {
        Tensor out = backend.allocate(2, 4);
        Tensor x = tensor(new float[] {3, 3, 3, 3, 0, 0, 0, 0}, 2);
        Tensor gain = tensor(new float[] {1, 1, 1, 1}, 1);
        for (Norm.Type type : Norm.Type.values()) {
            backend.norm(
                    new Norm(type, 1e-5, Norm.Placement.PRE), x, gain, Optional.empty(), out, backend.allocate(2, 2));
            assertThat(read(out)).doesNotContain(Float.NaN).endsWith(0, 0, 0, 0);
        }
    }

    @Test
    void geluIsTheInputTimesItsNormalProbability() {
        // Phi to 8 digits from tables (Abramowitz and Stegun 1964, table 26.1).
        float[] x = {0, 1, -1, 2, -2, 0.5f, -30, 30};
        double[] phi = {0.5, 0.84134475, 0.15865525, 0.97724987, 0.02275013, 0.69146246, 0, 1};
        float[] expected = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            expected[i] = (float) (x[i] * phi[i]);
        }
        Tensor out = backend.allocate(2, 4);
        backend.activation(Activation.GELU, tensor(x, 2), out);
        assertHolds(out, expected);
    }

    @Test
    void theOtherCurvesEqualTheirFormulas() {
        Map<Activation, DoubleUnaryOperator> curves = Map.of(
                Activation.RELU, x -> Math.max(x, 0),
                Activation.SILU, x -> x / (1 + Math.exp(-x)),
                Activation.GELU_TANH,
                        x -> 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));
        float[] x = {0, 1, -1, 2, -2, 0.5f, -30, 30};
        curves.forEach((activation, curve) -> {
            float[] expected = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                expected[i] = (float) curve.applyAsDouble(x[i]);
            }
            Tensor out = backend.allocate(2, 4);
            backend.activation(activation, tensor(x, 2), out);
            assertHolds(out, expected);
        });
    }

    @ParameterizedTest
    @EnumSource(
            value = Activation.class,
            names = {"SWIGLU", "GEGLU"})
    void gatedActivationsAreTheirCurveOfTheGateTimesTheRest(Activation activation) {
        for (int[] shape : new int[][] {{1, 1}, {3, 5}, {9, 4}}) {
            int rows = shape[0];
            int width = shape[1];
            float[] gates = numbers(rows * width);
            float[] rest = numbers(rows * width);
            float[] hidden = new float[rows * 2 * width];
            for (int r = 0; r < rows; r++) {
                System.arraycopy(gates, r * width, hidden, r * 2 * width, width);
                System.arraycopy(rest, r * width, hidden, r * 2 * width + width, width);
            }
            Tensor curve = tensor(gates, rows);
            backend.activation(activation.curve(), tensor(gates, rows), curve);
            float[] expected = read(curve);
            for (int i = 0; i < expected.length; i++) {
                expected[i] *= rest[i];
            }
            Tensor out = tensor(numbers(expected.length), rows);
            backend.activation(activation, tensor(hidden, rows), out);
            assertHolds(out, expected);
        }
    }

    @Test
    void columnsAreJoinedAndSplitAgain() {
        Tensor left = tensor(new float[] {1, 2, 3, 4}, 2);
        Tensor right = tensor(new float[] {5, 6}, 2);
        Tensor both = backend.allocate(2, 3);
        backend.join(left, right, both);
        assertHolds(both, new float[] {1, 2, 5, 3, 4, 6});

        Tensor first = backend.allocate(2, 1);
        Tensor rest = backend.allocate(2, 2);
        backend.split(both, first, rest);
        assertHolds(first, new float[] {1, 3});
        assertHolds(rest, new float[] {2, 5, 4, 6});
    }

    @Test
    void rowsAreScaledAndMultiplied() {
        Tensor x = tensor(new float[] {1, 2, 3, 4}, 2);
        Tensor dots = backend.allocate(2, 1);
        backend.rowDots(x, tensor(new float[] {5, 6, 7, 8}, 2), dots);
        assertHolds(dots, new float[] {17, 53});
        backend.scaleRows(x, tensor(new float[] {-1, 2}, 2), x);
        assertHolds(x, new float[] {-1, -2, 6, 8});
    }

    @Test
    void softmaxAndItsGradientEqualLoops() {
        float[] x = {0.5f, -1, 2, -1e30f, 3, -1e30f};
        float[] expected = new float[x.length];
        for (int row = 0; row < x.length; row += 3) {
            double sum = 0;
            for (int i = row; i < row + 3; i++) {
                sum += Math.exp(x[i]);
            }
            for (int i = row; i < row + 3; i++) {
                expected[i] = (float) (Math.exp(x[i]) / sum);
            }
        }
        Tensor probabilities = tensor(x, 2);
        backend.softmax(probabilities);
        assertHolds(probabilities, expected);
        assertThat(read(probabilities)[3]).as("a number far below the largest").isZero();

        float[] d = numbers(x.length);
        float[] gradient = new float[x.length];
        for (int row = 0; row < x.length; row += 3) {
            double dot = 0;
            for (int i = row; i < row + 3; i++) {
                dot += d[i] * expected[i];
            }
            for (int i = row; i < row + 3; i++) {
                gradient[i] = (float) (expected[i] * (d[i] - dot));
            }
        }
        Tensor dX = tensor(d, 2);
        backend.softmaxBackward(probabilities, dX);
        assertHolds(dX, gradient);
    }

    @Test
    void crossEntropyAndItsGradientEqualLoops() {
        for (int[] shape : new int[][] {{1, 2}, {5, 2}, {1, 7}, {23, 11}}) {
            int rows = shape[0];
            int vocabulary = shape[1];
            float[] logits = numbers(rows * vocabulary);
            int[] targets = random.ints(rows, 0, vocabulary).toArray();
            if (rows > 1) {
                targets[rows / 2] = Tokens.NONE;
            }
            float[] losses = new float[rows];
            float[] gradient = new float[logits.length];
            for (int r = 0; r < rows; r++) {
                double sum = 0;
                for (int v = 0; v < vocabulary; v++) {
                    sum += Math.exp(logits[r * vocabulary + v]);
                }
                for (int v = 0; v < vocabulary && targets[r] != Tokens.NONE; v++) {
                    double probability = Math.exp(logits[r * vocabulary + v]) / sum;
                    gradient[r * vocabulary + v] = (float) (0.3 * (probability - (v == targets[r] ? 1 : 0)));
                    if (v == targets[r]) {
                        losses[r] = (float) -Math.log(probability);
                    }
                }
            }
            Tokens places = backend.allocateTokens(rows);
            places.write(targets);
            Tensor logitsT = tensor(logits, rows);
            Tensor lossesT = tensor(numbers(rows), rows);
            backend.crossEntropy(logitsT, places, 0.3, lossesT);
            assertHolds(lossesT, losses);
            assertHolds(logitsT, gradient);
        }
    }

    /** @param bias what positions add to scores: a row a head, a column a distance; none if there are no rows */
    record Heads(AttentionConfig layout, Scores scores, Positions positions, double[][] bias, int batch, int time) {

        Heads(AttentionConfig layout, Scores scores, int batch, int time) {
            this(layout, scores, new Positions.None(), new double[0][0], batch, time);
        }

        Heads(AttentionConfig layout, int batch, int time) {
            this(layout, Scores.PLAIN, batch, time);
        }

        double bias(int head, int distance) {
            return bias.length == 0 ? 0 : bias[head][Math.min(distance, bias[head].length - 1)];
        }
    }

    static List<Heads> heads() {
        var unequal = new AttentionConfig(List.of(new HeadGroup(1, 2), new HeadGroup(2, 3)));
        return List.of(
                new Heads(
                        unequal,
                        new Scores(new Scale.Inverse(), 3, false),
                        new Positions.Alibi(),
                        // The paper's slopes of two heads, and the first of four.
                        new double[][] {
                            {0, -0.0625, -0.125}, {0, -0.00390625, -0.0078125}, {0, -0.25, -0.5},
                        },
                        2,
                        5),
                new Heads(
                        unequal,
                        Scores.PLAIN,
                        new Positions.Relative(3),
                        new double[][] {{0.5, -1, 2}, {0.25, 0, -0.75}, {-2, 1, 1.5}},
                        2,
                        5),
                new Heads(AttentionConfig.uniform(1, 1), 1, 1),
                new Heads(AttentionConfig.uniform(1, 3), 1, 4),
                new Heads(AttentionConfig.uniform(5, 1), 2, 3),
                new Heads(AttentionConfig.uniform(2, 5), 3, 1),
                new Heads(AttentionConfig.uniform(3, 4), 2, 7),
                new Heads(
                        new AttentionConfig(List.of(new HeadGroup(2, 3), new HeadGroup(1, 1), new HeadGroup(3, 2))),
                        2,
                        5),
                new Heads(AttentionConfig.uniform(4, 3).withKvHeads(1), 2, 5),
                new Heads(AttentionConfig.uniform(2, 3), new Scores(new Scale.Inverse(), 1, false), 2, 4),
                new Heads(AttentionConfig.uniform(2, 3), new Scores(new Scale.Fixed(2), 3, false), 2, 5),
                new Heads(AttentionConfig.uniform(4, 3).withKvHeads(2), new Scores(new Scale.Inverse(), 2, true), 1, 5),
                new Heads(
                        new AttentionConfig(
                                List.of(new HeadGroup(2, 3), new HeadGroup(4, 1, 2), new HeadGroup(3, 2, 1))),
                        3,
                        4));
    }

    /** The loop goes over sequences, heads and places, so it also says that heads do not touch each other. */
    @ParameterizedTest
    @MethodSource("heads")
    void attentionEqualsALoopOverHeads(Heads test) {
        int width = test.layout.width();
        int keyWidth = test.layout.keyValueWidth();
        int rows = test.batch * test.time;
        Rows projected = new Rows(numbers(rows * (width + 2 * keyWidth)), width + 2 * keyWidth);
        Rows expected = new Rows(new float[rows * width], width);
        float[] given = projected.numbers.clone();
        float[] gains = numbers(2 * test.layout.groups().get(0).headDim());
        if (test.scores.qkNorm()) {
            normaliseInLoops(projected, test.layout.groups().get(0), gains);
        }
        int query = 0;
        int key = width;
        int number = 0;
        for (HeadGroup group : test.layout.groups()) {
            for (int h = 0; h < group.heads(); h++) {
                for (int s = 0; s < test.batch; s++) {
                    Head head = new Head(number, query, key, key + keyWidth, group.headDim());
                    attendInLoops(projected, s * test.time, head, test, expected);
                }
                number++;
                query += group.headDim();
                boolean last = (h + 1) % (group.heads() / group.kvHeads()) == 0;
                key += last ? group.headDim() : 0;
            }
        }
        Tensor out = tensor(numbers(rows * width), rows);
        try (CausalAttention attention = attention(test, gains)) {
            attention.forward(tensor(given, rows), test.time, out);
            assertHolds(out, expected.numbers);
        }
    }

    private static AttentionShape shape(AttentionConfig layout, Scores scores, Positions positions) {
        var feedForward = new FeedForwardConfig(1, Activation.GELU);
        Norm norm = new Norm(Norm.Type.LAYER, 1e-2, Norm.Placement.PRE);
        var block = new BlockConfig(layout, List.of(), scores, feedForward, norm, false, 0);
        return AttentionShape.of(block, Sharing.Qkv.NONE, positions);
    }

    private CausalAttention attention(AttentionConfig layout, Positions positions) {
        return backend.attention(shape(layout, Scores.PLAIN, positions), AttentionWeights.NONE, AttentionWeights.NONE);
    }

    private CausalAttention attention(Heads test, float[] gains) {
        AttentionShape shape = shape(test.layout, test.scores, test.positions);
        int half = gains.length / 2;
        boolean norm = test.scores.qkNorm();
        boolean relative = test.positions instanceof Positions.Relative;
        var weights = new AttentionWeights(
                Optional.empty(),
                norm ? Optional.of(tensor(Arrays.copyOf(gains, half), 1)) : Optional.empty(),
                norm ? Optional.of(tensor(Arrays.copyOfRange(gains, half, 2 * half), 1)) : Optional.empty(),
                relative ? Optional.of(tensor(flat(test.bias), test.bias.length)) : Optional.empty());
        return backend.attention(shape, weights, weights);
    }

    private static float[] flat(double[][] rows) {
        float[] flat = new float[rows.length * rows[0].length];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = (float) rows[i / rows[0].length][i % rows[0].length];
        }
        return flat;
    }

    /** Queries, then keys, of one group; the first half of the gains is the queries'. */
    private static void normaliseInLoops(Rows x, HeadGroup group, float[] gains) {
        int dim = group.headDim();
        for (int row = 0; row < x.numbers.length / x.width; row++) {
            for (int h = 0; h < group.heads() + group.kvHeads(); h++) {
                double squares = 0;
                for (int c = 0; c < dim; c++) {
                    squares += Math.pow(x.get(row, h * dim + c), 2) / dim;
                }
                for (int c = 0; c < dim; c++) {
                    float gain = gains[(h < group.heads() ? 0 : dim) + c];
                    x.numbers[row * x.width + h * dim + c] *= (float) (gain / Math.sqrt(squares + 1e-2));
                }
            }
        }
    }

    record Rows(float[] numbers, int width) {
        float get(int row, int column) {
            return numbers[row * width + column];
        }
    }

    /** First columns of one head's query, key and value; the result takes the query's place. */
    record Head(int number, int query, int key, int value, int dim) {}

    private static void attendInLoops(Rows x, int start, Head head, Heads test, Rows out) {
        for (int i = 0; i < test.time; i++) {
            double[] weights = new double[i + 1];
            double sum = 0;
            for (int j = Math.max(0, i - test.scores.window() + 1); j <= i; j++) {
                double score = 0;
                for (int c = 0; c < head.dim; c++) {
                    score += x.get(start + i, head.query + c) * x.get(start + j, head.key + c);
                }
                weights[j] = Math.exp(score * test.scores.scale().factor(head.dim) + test.bias(head.number, i - j));
                sum += weights[j];
            }
            for (int c = 0; c < head.dim; c++) {
                double mixed = 0;
                for (int j = 0; j <= i; j++) {
                    mixed += weights[j] / sum * x.get(start + j, head.value + c);
                }
                out.numbers[(start + i) * out.width + head.query + c] = (float) mixed;
            }
        }
    }

    @Test
    void attentionAfterAnotherLengthIsAsIfItWereTheFirst() {
        AttentionConfig layout = AttentionConfig.uniform(2, 4);
        for (Positions positions : List.of(new Positions.Learned(), new Positions.Rotary(100))) {
            float[] longer = numbers(12 * 24);
            float[] shorter = numbers(6 * 24);
            Tensor once = backend.allocate(6, 8);
            Tensor again = backend.allocate(6, 8);
            try (CausalAttention fresh = attention(layout, positions);
                    CausalAttention used = attention(layout, positions)) {
                fresh.forward(tensor(shorter, 6), 3, once);
                used.forward(tensor(longer, 12), 6, backend.allocate(12, 8));
                used.forward(tensor(shorter, 6), 3, again);
            }
            assertThat(read(again)).isEqualTo(read(once));
        }
    }

    @Test
    void whatAttentionReleasedItComputesAgainWithTheSameBits() {
        float[] projected = numbers(12 * 24);
        float[] gradient = numbers(12 * 8);
        List<float[]> gradients = new ArrayList<>();
        for (boolean release : new boolean[] {false, true}) {
            Tensor in = tensor(projected, 12);
            Tensor mixed = backend.allocate(12, 8);
            Tensor dIn = backend.allocate(12, 24);
            try (CausalAttention attention = attention(AttentionConfig.uniform(2, 4), new Positions.Rotary(100))) {
                attention.forward(in, 6, mixed);
                if (release) {
                    attention.release();
                    attention.forward(in, 6, mixed);
                }
                attention.backward(in, mixed, tensor(gradient, 12), dIn);
            }
            gradients.add(read(dIn));
        }
        assertThat(gradients.get(1)).isEqualTo(gradients.get(0));
    }

    @Test
    void rotatedScoresDependOnTheDistanceAlone() {
        // Every token has the same query and key, so after the turn the scores know only how far apart two tokens are:
        // the last two outputs of a sequence whose values repeat with the window must agree.
        AttentionConfig layout = AttentionConfig.uniform(1, 4);
        float[] qkv = new float[4 * 12];
        for (int t = 0; t < 4; t++) {
            for (int c = 0; c < 8; c++) {
                qkv[t * 12 + c] = 0.5f + c % 4;
            }
        }
        // A one-hot value on the diagonal makes the outputs the probabilities.
        for (int t = 0; t < 4; t++) {
            qkv[t * 12 + 8 + t] = 1;
        }
        Tensor out = backend.allocate(4, 4);
        try (CausalAttention attention = attention(layout, new Positions.Rotary(10))) {
            attention.forward(tensor(qkv, 4), 4, out);
        }
        float[] p = read(out);
        // p(i, i) / p(i, i - 1) is the same for every i, and turning matters.
        float ratio = p[5] / p[4];
        assertThat(p[10] / p[9]).isCloseTo(ratio, within(1e-4f * ratio));
        assertThat(p[15] / p[14]).isCloseTo(ratio, within(1e-4f * ratio));
        assertThat(ratio).isGreaterThan(1.01f);
    }

    @Test
    void embeddingsAreRowsAndTheirGradientsAddUpOverRepetitions() {
        float[] table = numbers(5 * 3);
        Tokens tokens = backend.allocateTokens(4);
        tokens.write(new int[] {2, 0, 2, 4});
        Tensor out = backend.allocate(4, 3);
        backend.embed(tensor(table, 5), tokens, out);
        float[] rows = read(out);
        for (int r = 0; r < 4; r++) {
            int token = new int[] {2, 0, 2, 4}[r];
            for (int c = 0; c < 3; c++) {
                assertThat(rows[r * 3 + c]).isEqualTo(table[token * 3 + c]);
            }
        }
        Tensor gradient = tensor(new float[] {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 5);
        backend.embedBackward(tensor(new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, 4), tokens, gradient);
        assertHolds(gradient, new float[] {5, 6, 7, 1, 1, 1, 9, 11, 13, 1, 1, 1, 11, 12, 13});
    }

    @Test
    void positionsServeTheSamePlaceOfEverySequence() {
        Tensor table = tensor(new float[] {1, 2, 3, 4, 50, 60}, 3);
        Tensor x = tensor(new float[] {0, 0, 0, 0, 10, 10, 10, 10}, 4);
        backend.addPositions(table, 2, x);
        assertHolds(x, new float[] {1, 2, 3, 4, 11, 12, 13, 14});
        Tensor gradient = tensor(new float[] {1, 1, 1, 1, 1, 1}, 3);
        backend.addPositionsBackward(x, 2, gradient);
        assertHolds(gradient, new float[] {13, 15, 17, 19, 1, 1});
    }

    @Test
    void dropoutZeroesItsShareScalesTheRestAndRepeatsItselfForASeed() {
        int count = 40_000;
        float[] ones = new float[count];
        Arrays.fill(ones, 1);
        Tensor x = tensor(ones, 200);
        Tensor again = tensor(ones, 200);
        Tensor other = tensor(ones, 200);
        backend.dropout(x, 0.25, 7);
        backend.dropout(again, 0.25, 7);
        backend.dropout(other, 0.25, 8);
        int zeros = 0;
        for (float number : read(x)) {
            assertThat(number == 0 || Math.abs(number - 4f / 3) < 1e-6).isTrue();
            zeros += number == 0 ? 1 : 0;
        }
        // Five standard deviations of a binomial count.
        assertThat(zeros).isBetween(10_000 - 433, 10_000 + 433);
        assertThat(read(again)).isEqualTo(read(x));
        assertThat(read(other)).isNotEqualTo(read(x));
        backend.dropout(again, 0, 9);
        assertThat(read(again)).isEqualTo(read(x));
    }

    @Test
    void sumsAreOverAllNumbers() {
        Tensor x = tensor(new float[] {1, -2, 3, -4, 5, -6}, 2);
        assertThat(backend.sum(x)).isEqualTo(-3);
        assertThat(backend.squaredNorm(x)).isCloseTo(91, within(1e-4));
        backend.scale(x, -0.5);
        assertHolds(x, new float[] {-0.5f, 1, -1.5f, 2, -2.5f, 3});
        Tensor y = tensor(new float[6], 2);
        backend.copy(x, y);
        backend.add(x, y);
        assertHolds(y, new float[] {-1, 2, -3, 4, -5, 6});
        backend.clear(y);
        assertHolds(y, new float[6]);
    }

    @Test
    void slicesShareMemoryAndStayInside() {
        Tensor x = tensor(new float[] {0, 1, 2, 3, 4, 5}, 2);
        backend.scale(x.slice(2, 3, 1), 10);
        assertHolds(x, new float[] {0, 1, 20, 30, 40, 5});
        assertHolds(x.slice(1, 2, 2).slice(1, 1, 3), new float[] {20, 30, 40});
        for (long[] bad : new long[][] {{-1, 1, 1}, {0, 0, 1}, {0, 1, 0}, {5, 1, 2}}) {
            assertThatThrownBy(() -> x.slice(bad[0], bad[1], bad[2]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must lie within the tensor's 6 numbers");
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        Tensor x = backend.allocate(2, 2);
        assertThatThrownBy(() -> backend.write(new float[3], x))
                .hasMessage("a tensor of 4 numbers cannot take 3 values");
        assertThatThrownBy(() -> backend.read(x, new float[5]))
                .hasMessage("a tensor of 4 numbers cannot fill 5 values");
        Tokens tokens = backend.allocateTokens(2);
        assertThatThrownBy(() -> tokens.write(new int[3])).hasMessage("3 tokens do not fit where 2 were expected");
        try (CausalAttention attention = attention(AttentionConfig.uniform(1, 2), new Positions.Learned())) {
            assertThatThrownBy(() -> attention.backward(
                            backend.allocate(1, 6),
                            backend.allocate(1, 2),
                            backend.allocate(1, 3),
                            backend.allocate(1, 6)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("the attention is 2 wide, its gradient 3");
        }
    }
}
