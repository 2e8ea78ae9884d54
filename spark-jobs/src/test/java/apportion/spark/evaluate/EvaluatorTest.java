package apportion.spark.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.data.tokenize.Tokenizer;
import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.train.LocalSpark;
import apportion.spark.train.TinyDataset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EvaluatorTest {

    private static final int CONTEXT = 8;
    private static final ComputeConfig COMPUTE = new ComputeConfig(Backends.Kind.ND4J, Precision.FLOAT, 1);
    private static final ModelConfig MODEL = new ModelConfig(
            257,
            CONTEXT,
            8,
            2,
            new BlockConfig(
                    AttentionConfig.uniform(2, 4),
                    new FeedForwardConfig(12, Activation.GELU),
                    new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                    true,
                    0.3),
            new Positions.Learned(),
            new Sharing(Sharing.Embedding.FULL),
            0.4);
    private static final float[] PARAMETERS = ParameterLayout.of(MODEL).initialize(5);
    private static final Tokenizer BYTES = Tokenizer.bytes();
    private static final Backend BACKEND = COMPUTE.open();
    private static final Tensor VALUES = BACKEND.allocate(1, PARAMETERS.length);
    private static final Decoder DECODER = new Decoder(MODEL, BACKEND, VALUES, VALUES);

    private static JavaSparkContext spark = LocalSpark.start("local[2]");

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() {
        BACKEND.write(PARAMETERS, VALUES);
    }

    @AfterAll
    static void stop() {
        DECODER.close();
        VALUES.close();
        BACKEND.close();
        spark.stop();
    }

    private static Measurement texts(int batch, int stride, String... texts) {
        return new Evaluator(spark, MODEL, COMPUTE, batch).texts(PARAMETERS, List.of(texts), BYTES, stride);
    }

    /** Losses of each token behind the first, one sequence at a time. */
    private static double[] direct(int[] tokens) {
        float[] losses = DECODER.losses(
                Arrays.copyOf(tokens, tokens.length - 1),
                Arrays.copyOfRange(tokens, 1, tokens.length),
                tokens.length - 1);
        return IntStream.range(0, losses.length).mapToDouble(i -> losses[i]).toArray();
    }

    private static double sum(double[] numbers) {
        return Arrays.stream(numbers).sum();
    }

    @Test
    void windowsPredictEveryTokenButTheFirstExactlyOnce() {
        Random random = new Random(4);
        for (int trial = 0; trial < 500; trial++) {
            int[] tokens = IntStream.range(0, random.nextInt(40)).toArray();
            int context = 1 + random.nextInt(10);
            int stride = 1 + random.nextInt(context);
            int[] predicted = new int[tokens.length];
            for (Window window : Window.of(7, tokens, context, stride)) {
                assertThat(window.inputs()).isBetween(1, context);
                assertThat(window.document()).isEqualTo(7);
                assertThat(window.firstTarget()).isBetween(1, window.inputs());
                for (int i = window.firstTarget(); i < window.tokens().length; i++) {
                    predicted[window.tokens()[i]]++;
                }
            }
            for (int i = 0; i < tokens.length; i++) {
                assertThat(predicted[i]).isEqualTo(i == 0 ? 0 : 1);
            }
        }
    }

    @Test
    void aSmallerStrideLeavesEachTokenMoreToGoBy() {
        List<Window> windows = Window.of(0, IntStream.range(0, 10).toArray(), 4, 2);
        assertThat(windows).hasSize(4);
        assertThat(windows.get(1).tokens()).containsExactly(2, 3, 4, 5, 6);
        assertThat(windows.get(1).firstTarget()).isEqualTo(3);
        assertThat(windows.get(3).tokens()).containsExactly(6, 7, 8, 9);
    }

    @Test
    void aTextsLossIsThatOfItsWindows() {
        String text = "nineteen characters";
        int[] tokens = BYTES.encode(text);

        Measurement measured = texts(2, CONTEXT, text);

        double expected = sum(direct(Arrays.copyOfRange(tokens, 0, 9)))
                + sum(direct(Arrays.copyOfRange(tokens, 8, 17)))
                + sum(direct(Arrays.copyOfRange(tokens, 16, 19)));
        assertThat(measured.tokens()).isEqualTo(18);
        assertThat(measured.bytes()).isEqualTo(18);
        assertThat(measured.loss()).isCloseTo(expected / 18, within(1e-5));
        assertThat(measured.perplexity()).isCloseTo(Math.exp(expected / 18), within(1e-3));
    }

    @Test
    void overlappingWindowsCountOnlyTheirNewTokens() {
        String text = "eleven char";
        int[] tokens = BYTES.encode(text);
        double[] first = direct(Arrays.copyOfRange(tokens, 0, 9));
        double[] second = direct(Arrays.copyOfRange(tokens, 3, 11));

        Measurement measured = texts(1, 3, text);

        assertThat(measured.tokens()).isEqualTo(10);
        assertThat(measured.loss()).isCloseTo((sum(first) + second[5] + second[6]) / 10, within(1e-5));
    }

    @Test
    void bitsPerByteAreBitsOfPredictedTokensOverTheirBytes() {
        Measurement two = new Measurement(
                List.of(new DocumentLoss(3 * Math.log(2), 2, 4), new DocumentLoss(5 * Math.log(2), 6, 12)));
        assertThat(two.bitsPerByte()).isCloseTo(8.0 / 16, within(1e-12));
        assertThat(two.loss()).isCloseTo(Math.log(2), within(1e-12));
        assertThat(two.perplexity()).isCloseTo(2, within(1e-12));
        assertThat(two.tokens()).isEqualTo(8);

        // Each of these characters is two bytes; the first byte is not predicted.
        String text = "\u00e9\u00e8\u00ea";
        assertThat(text.getBytes(StandardCharsets.UTF_8)).hasSize(6);
        Measurement measured = texts(4, CONTEXT, text);
        assertThat(measured.bitsPerByte()).isCloseTo(sum(direct(BYTES.encode(text))) / Math.log(2) / 5, within(1e-5));
    }

    @Test
    void windowsOfUnequalLengthDoNotDisturbEachOther() {
        String[] texts = {"abcdefghijkl", "xy", "hello world", "1234", "q"};
        Measurement together = texts(16, 5, texts);
        Measurement single = texts(1, 5, texts);

        assertThat(together.documents()).hasSize(4);
        for (int document = 0; document < 4; document++) {
            DocumentLoss one = single.documents().get(document);
            assertThat(together.documents().get(document).loss()).isCloseTo(one.loss(), within(1e-5 * one.loss()));
            assertThat(together.documents().get(document).tokens()).isEqualTo(one.tokens());
        }
    }

    @Test
    void textsWithoutATargetHaveNoLoss() {
        assertThat(texts(4, 8, "", "a").documents()).isEmpty();
        assertThat(texts(4, 8, "", "a").tokens()).isZero();
    }

    @Test
    void aStrideThatWouldSkipTokensIsRefused() {
        for (int stride : new int[] {0, -1, CONTEXT + 1}) {
            assertThatThrownBy(() -> texts(4, stride, "some text"))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("evaluate.stride = " + stride)
                    .hasMessageContaining("from 1 to");
        }
    }

    @Test
    void aDocumentsSumGoesOnWhereATaskEnds() {
        // 5 documents of 700 tokens in rows of 3: some 1,167 rows in tasks of 256.
        List<String> documents = IntStream.range(0, 5)
                .mapToObj(i -> ("doc" + i + " ").repeat(140).substring(0, 699))
                .toList();
        Dataset dataset = TinyDataset.write(folder, List.of("abcdefgh"), documents, 2, 400);

        Measurement measured = new Evaluator(spark, MODEL, COMPUTE, 64).validation(PARAMETERS, dataset);

        List<DocumentLoss> expected = rowByRow(documents);
        assertThat(measured.documents()).hasSize(5);
        for (int document = 0; document < 5; document++) {
            DocumentLoss one = expected.get(document);
            DocumentLoss other = measured.documents().get(document);
            assertThat(other.tokens()).isEqualTo(one.tokens());
            assertThat(other.bytes()).isEqualTo(one.bytes());
            assertThat(other.loss()).isCloseTo(one.loss(), within(1e-5 * one.loss()));
        }
    }

    private static List<DocumentLoss> rowByRow(List<String> documents) {
        List<Integer> stream = new ArrayList<>();
        List<Integer> owner = new ArrayList<>();
        for (int document = 0; document < documents.size(); document++) {
            for (int token : BYTES.encode(documents.get(document))) {
                stream.add(token);
                owner.add(document);
            }
            stream.add(BYTES.endOfDocument());
            owner.add(document);
        }
        double[] loss = new double[documents.size()];
        long[] tokens = new long[documents.size()];
        long[] bytes = new long[documents.size()];
        for (int from = 0; from + 1 < stream.size(); from += 3) {
            int to = Math.min(from + 3, stream.size());
            double[] losses = direct(stream.subList(from, to).stream()
                    .mapToInt(Integer::intValue)
                    .toArray());
            for (int i = from + 1; i < to; i++) {
                loss[owner.get(i)] += losses[i - from - 1];
                tokens[owner.get(i)]++;
                bytes[owner.get(i)] += stream.get(i) == BYTES.endOfDocument() ? 0 : 1;
            }
        }
        return IntStream.range(0, documents.size())
                .mapToObj(document -> new DocumentLoss(loss[document], tokens[document], bytes[document]))
                .toList();
    }

    @Test
    void theEndOfADocumentBelongsToItAndWhatFollowsToTheNext() {
        int end = BYTES.endOfDocument();
        List<Window> windows = List.of(new Window(4, new int[] {97, end, end, 98, 99}, 1));

        SortedMap<Long, DocumentLoss> losses =
                new WindowLosses(MODEL, COMPUTE, 4).byDocument(PARAMETERS, windows, BYTES);

        assertThat(losses.keySet()).containsExactly(4L, 5L, 6L);
        assertThat(losses.values()).extracting(DocumentLoss::tokens).containsExactly(1L, 1L, 2L);
        assertThat(losses.values()).extracting(DocumentLoss::bytes).containsExactly(0L, 0L, 2L);
    }

    @Test
    void theNumberOfCoresDoesNotMatter() {
        List<String> documents = IntStream.range(0, 30)
                .mapToObj(i -> ("text " + i + ",").repeat(50))
                .toList();
        Dataset dataset = TinyDataset.write(folder, List.of("abcdefgh"), documents, 4, 900);
        List<Measurement> measured = new ArrayList<>();
        for (String master : List.of("local[1]", "local[3]", "local[2]")) {
            spark.stop();
            spark = LocalSpark.start(master);
            measured.add(new Evaluator(spark, MODEL, COMPUTE, 16).validation(PARAMETERS, dataset));
        }
        assertThat(measured).containsOnly(measured.get(0));
    }
}
