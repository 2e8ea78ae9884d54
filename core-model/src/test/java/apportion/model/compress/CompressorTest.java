package apportion.model.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compress.Compression.Parts;
import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Scale;
import apportion.model.config.Sharing;
import apportion.model.inspect.NamedWeights;
import apportion.model.transformer.AttentionObserver;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.Models;
import apportion.model.transformer.Models.Draft;
import apportion.model.transformer.ParameterLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CompressorTest {

    private static final int TIME = 5;
    private static final int[] TOKENS = new Random(3).ints(12 * TIME, 0, 11).toArray();

    private static Compression all(int headDim, Parts parts) {
        return new Compression(new TreeSet<>(), new TreeSet<>(), headDim, parts);
    }

    private static Compression some(int layer, int head, int headDim) {
        return new Compression(new TreeSet<>(List.of(layer)), new TreeSet<>(List.of(head)), headDim, Parts.BOTH);
    }

    /** Weights none of which is 0 or 1 by convention, as biases and gains are at the start. */
    private static float[] weights(ModelConfig model) {
        Random random = new Random(7);
        float[] weights = ParameterLayout.of(model).initialize(5);
        for (int i = 0; i < weights.length; i++) {
            weights[i] += 0.2f * (float) random.nextGaussian();
        }
        return weights;
    }

    private static float[] logits(ModelConfig model, float[] weights) {
        return observed(model, weights, (layer, time, in, projected) -> {});
    }

    private interface Watch {
        void over(Backend backend, Decoder decoder);
    }

    private static void run(ModelConfig model, float[] weights, Watch watch) {
        try (Backend backend = Backends.open(Backends.Kind.ND4J, Precision.DOUBLE, 1);
                Tensor values = backend.allocate(1, weights.length);
                Decoder decoder = new Decoder(model, backend, values, values)) {
            backend.write(weights, values);
            watch.over(backend, decoder);
        }
    }

    private static float[] observed(ModelConfig model, float[] weights, AttentionObserver observer) {
        List<float[]> logits = new ArrayList<>();
        run(model, weights, (backend, decoder) -> {
            decoder.observe(observer);
            logits.add(decoder.logits(TOKENS, TIME));
        });
        return logits.get(0);
    }

    private static List<LayerMoments> moments(ModelConfig model, float[] weights) {
        List<HeadMoments> moments = new ArrayList<>();
        run(model, weights, (backend, decoder) -> {
            moments.add(new HeadMoments(model, weights, backend));
            decoder.observe(moments.get(0));
            decoder.logits(TOKENS, TIME);
        });
        return moments.get(0).sums();
    }

    private static List<ErrorSums.HeadError> errors(ModelConfig model, float[] weights, Student student) {
        List<ErrorSums.HeadError> errors = new ArrayList<>();
        run(model, weights, (backend, decoder) -> {
            try (HeadErrors observer = new HeadErrors(backend, model, weights, student)) {
                decoder.observe(observer);
                decoder.logits(TOKENS, TIME);
                errors.addAll(observer.sums().errors());
            }
        });
        return errors;
    }

    private static List<Consumer<Draft>> supported() {
        return List.of(
                draft -> {},
                draft -> draft.bias = false,
                draft -> draft.attention = AttentionConfig.uniform(4, 4).withKvHeads(2),
                draft -> draft.attention = new AttentionConfig(List.of(new HeadGroup(1, 4), new HeadGroup(4, 4, 2))),
                draft -> draft.perLayer = List.of(
                        AttentionConfig.uniform(3, 4),
                        AttentionConfig.uniform(4, 4).withKvHeads(1)),
                draft -> draft.scale = new Scale.Inverse(),
                draft -> draft.scale = new Scale.Fixed(0.7),
                draft -> draft.window = 3,
                draft -> draft.positions = new Positions.Alibi(),
                draft -> draft.positions = new Positions.Relative(3),
                draft -> draft.positions = new Positions.Sinusoidal(),
                draft -> draft.positions = new Positions.None(),
                draft -> draft.qkv = Sharing.Qkv.QUERY_KEY,
                draft -> draft.layers = Sharing.Layers.ALL,
                draft -> draft.layers = Sharing.Layers.ATTENTION,
                draft -> draft.placement = Norm.Placement.POST,
                draft -> draft.norm = Norm.Type.RMS);
    }

    @ParameterizedTest
    @MethodSource("supported")
    void atFullRankAStudentGivesItsTeachersLogits(Consumer<Draft> change) {
        ModelConfig teacher = Models.with(change);
        float[] weights = weights(teacher);
        float[] expected = logits(teacher, weights);
        for (Start start : List.of(new Start.Weights(), new Start.Data(moments(teacher, weights)))) {
            for (Parts parts : Parts.values()) {
                Student student = Compressor.compress(teacher, weights, all(4, parts), start);
                assertThat(logits(student.model(), student.weights()))
                        .as("%s of %s", start, parts)
                        .containsExactly(expected, within(1e-5f));
            }
        }
    }

    /** Two heads of six have dimension 3 in the student, whose products must fit all the same. */
    @Test
    void aHeadOfLowRankIsFoundExactlyBesideHeadsThatStay() {
        ModelConfig teacher = Models.with(draft -> draft.attention = AttentionConfig.uniform(2, 6));
        float[] weights = weights(teacher);
        dropCoordinates(teacher, weights, 1, 1, 3);
        Student student = Compressor.compress(teacher, weights, some(1, 1, 3), new Start.Weights());

        assertThat(student.model().block(0).attention()).isEqualTo(AttentionConfig.uniform(2, 6));
        assertThat(student.model().block(1).attention())
                .isEqualTo(new AttentionConfig(List.of(new HeadGroup(1, 6), new HeadGroup(1, 3))));
        assertThat(logits(student.model(), student.weights())).containsExactly(logits(teacher, weights), within(1e-5f));
        Student.Compressed head = student.heads().get(0);
        assertThat(head.keptScores().orElseThrow()).isEqualTo(1, within(1e-9));
        assertThat(head.keptValues().orElseThrow()).isEqualTo(1, within(1e-9));
        assertThat(errors(teacher, weights, student)).singleElement().satisfies(error -> {
            assertThat(error.layer()).isEqualTo(1);
            assertThat(error.head()).isEqualTo(1);
            assertThat(error.scores()).isLessThan(1e-5);
            assertThat(error.output()).isLessThan(1e-5);
        });
    }

    /** Makes a head's queries and values repeat their first coordinates, so that its products have that rank. */
    private static void dropCoordinates(ModelConfig model, float[] weights, int layer, int head, int rank) {
        ParameterLayout layout = ParameterLayout.of(model);
        ParameterLayout.Slice matrix = layout.slice("block." + layer + ".attention.qkv.weight");
        ParameterLayout.Slice bias = layout.slice("block." + layer + ".attention.qkv.bias");
        int width = model.block(layer).attention().width();
        int d = width / model.block(layer).attention().heads();
        for (int role : new int[] {0, 2}) {
            for (int c = rank; c < d; c++) {
                int row = role * width + head * d + c;
                System.arraycopy(
                        weights,
                        (int) matrix.offset() + (row - rank) * model.width(),
                        weights,
                        (int) matrix.offset() + row * model.width(),
                        model.width());
                weights[(int) bias.offset() + row] = weights[(int) bias.offset() + row - rank];
            }
        }
    }

    @Test
    void whatIsKeptIsTheShareOfTheSquaresAndTheRestIsTheErrorOfTheMatrix() {
        ModelConfig teacher = Models.with(draft -> draft.bias = false);
        float[] weights = weights(teacher);
        Student student = Compressor.compress(teacher, weights, some(0, 0, 2), new Start.Weights());
        double[][] before = scoreMatrix(teacher, weights, 4);
        // Both heads have another place now: queries of 2 and 4, then keys of 2 and 4.
        double[][] after = scoreMatrix(student.model(), student.weights(), 2);
        double errors = 0;
        double all = 0;
        for (int i = 0; i < before.length; i++) {
            for (int j = 0; j < before.length; j++) {
                errors += Math.pow(before[i][j] - after[i][j], 2);
                all += Math.pow(before[i][j], 2);
            }
        }
        assertThat(1 - errors / all)
                .isEqualTo(student.heads().get(0).keptScores().orElseThrow(), within(1e-5))
                .isBetween(0.5, 0.999);
    }

    /** {@code scale W_Q^T W_K} of the first head of the first layer. */
    private static double[][] scoreMatrix(ModelConfig model, float[] weights, int d) {
        double[][] qkv = new NamedWeights(model, weights).matrix("block.0.attention.qkv.weight");
        int keys = model.block(0).attention().width();
        double[][] a = new double[model.width()][model.width()];
        for (int r = 0; r < d; r++) {
            for (int i = 0; i < a.length; i++) {
                for (int j = 0; j < a.length; j++) {
                    a[i][j] += qkv[r][i] * qkv[keys + r][j] / Math.sqrt(d);
                }
            }
        }
        return a;
    }

    @Test
    void dataFindStudentsThatAreBetterForThem() {
        ModelConfig teacher = Models.with(draft -> draft.attention = AttentionConfig.uniform(2, 6));
        float[] weights = weights(teacher);
        for (int rank = 1; rank < 6; rank++) {
            List<ErrorSums.HeadError> plain = errors(
                    teacher, weights, Compressor.compress(teacher, weights, all(rank, Parts.OV), new Start.Weights()));
            List<ErrorSums.HeadError> aware = errors(
                    teacher,
                    weights,
                    Compressor.compress(
                            teacher, weights, all(rank, Parts.OV), new Start.Data(moments(teacher, weights))));
            for (int head = 0; head < plain.size(); head++) {
                assertThat(aware.get(head).output())
                        .isLessThanOrEqualTo(plain.get(head).output() * (1 + 1e-6));
                assertThat(aware.get(head).scores()).isLessThan(1e-6);
            }
            assertThat(aware.get(0).output()).isLessThan(plain.get(0).output());
        }
    }

    @Test
    void errorsFallWithTheRank() {
        ModelConfig teacher = Models.with(draft -> draft.attention = AttentionConfig.uniform(2, 6));
        float[] weights = weights(teacher);
        List<Double> scores = new ArrayList<>();
        for (int rank : new int[] {1, 3, 5, 6}) {
            Student student = Compressor.compress(
                    teacher, weights, all(rank, Parts.BOTH), new Start.Data(moments(teacher, weights)));
            scores.add(errors(teacher, weights, student).stream()
                    .mapToDouble(ErrorSums.HeadError::scores)
                    .sum());
        }
        assertThat(scores).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        assertThat(scores.get(3)).isLessThan(1e-5);
        assertThat(scores.get(0)).isGreaterThan(0.1);
    }

    @Test
    void drawnStudentsOweNothingToTheirTeacher() {
        ModelConfig teacher = Models.gpt();
        float[] weights = weights(teacher);
        Student one = Compressor.compress(teacher, weights, some(0, 1, 2), new Start.Random(1));
        Student other = Compressor.compress(teacher, weights, some(0, 1, 2), new Start.Random(2));
        assertThat(one.model()).isEqualTo(other.model());
        assertThat(one.weights()).isNotEqualTo(other.weights());
        assertThat(errors(teacher, weights, one).get(0).output()).isGreaterThan(0.3);
        assertThat(one.heads().get(0).keptScores()).isEmpty();
        assertThatThrownBy(() -> Compressor.compress(teacher, weights, all(2, Parts.OV), new Start.Random(1)))
                .hasMessageContaining("parts = both");
    }

    private static void assertRefused(Consumer<Draft> change, Compression compression, String... messages) {
        ModelConfig model = Models.with(change);
        assertThatThrownBy(() -> compression.check(model))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(messages);
    }

    @Test
    void whatIsNoProductIsRefusedWithWhatCanBeDone() {
        assertRefused(draft -> draft.positions = new Positions.Rotary(100), all(2, Parts.BOTH), "rotary", "parts = ov");
        assertRefused(draft -> draft.qkNorm = true, all(2, Parts.QK), "qk-norm", "parts = ov");
        for (Sharing.Qkv qkv : List.of(Sharing.Qkv.KEY_VALUE, Sharing.Qkv.ALL, Sharing.Qkv.DIAGONALS)) {
            assertRefused(draft -> draft.qkv = qkv, all(2, Parts.OV), "sharing.qkv", "none or query-key");
        }
        assertRefused(
                draft -> draft.attention = AttentionConfig.uniform(4, 2).withKvHeads(2),
                some(0, 1, 1),
                "layer 0: heads [0, 1] have one key",
                "name all of them");
        assertRefused(draft -> draft.layers = Sharing.Layers.ALL, some(0, 0, 2), "sharing.layers", "leave layers out");
        assertRefused(draft -> {}, some(2, 0, 2), "layers must be from 0 to 1, got [2]");
        assertRefused(draft -> {}, some(0, 2, 2), "heads must be from 0 to 1 in layer 0, got [2]");
        assertRefused(draft -> {}, all(5, Parts.BOTH), "head-dim = 5", "only 4");
    }

    @ParameterizedTest
    @MethodSource("valuesAlone")
    void valuesCanBeCompressedWhereScoresCannot(Consumer<Draft> change) {
        ModelConfig teacher = Models.with(change);
        float[] weights = weights(teacher);
        Student full =
                Compressor.compress(teacher, weights, all(4, Parts.OV), new Start.Data(moments(teacher, weights)));
        assertThat(logits(full.model(), full.weights())).containsExactly(logits(teacher, weights), within(1e-5f));
        Student less = Compressor.compress(teacher, weights, all(2, Parts.OV), new Start.Weights());
        assertThat(less.model()).isEqualTo(teacher);
        assertThat(errors(teacher, weights, less)).allSatisfy(error -> {
            assertThat(error.scores()).isLessThan(1e-6);
            assertThat(error.output()).isBetween(1e-3, 1.0);
        });
    }

    private static List<Consumer<Draft>> valuesAlone() {
        return List.of(draft -> draft.positions = new Positions.Rotary(100), draft -> draft.qkNorm = true);
    }
}
