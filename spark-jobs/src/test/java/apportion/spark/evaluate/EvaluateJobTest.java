package apportion.spark.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.conf.ConfigError;
import apportion.spark.conf.Settings;
import apportion.spark.failure.NonFiniteLoss;
import apportion.spark.failure.UserError;
import apportion.spark.prepare.DataConfig;
import apportion.spark.prepare.PrepareJob;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import apportion.spark.trained.TinyModel;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EvaluateJobTest {

    private static final SparkSession SPARK = SparkSession.builder()
            .master("local[2]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.host", "localhost")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .getOrCreate();

    @TempDir
    private static Path run;

    @TempDir
    private Path folder;

    @BeforeAll
    static void write() throws IOException {
        SPARK.sparkContext().setLogLevel("OFF");
        TinyModel.write(run, 1);
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static Measurement evaluate(String... overrides) {
        return result(run, overrides).measurement();
    }

    private static EvaluateJob.Result result(Path checkpoint, String... overrides) {
        List<String> all = new ArrayList<>(List.of("evaluate.checkpoint=" + checkpoint));
        all.addAll(List.of(overrides));
        EvaluateConfig config = Settings.load(Optional.empty(), all)
                .bind("evaluate", EvaluateConfig.class)
                .get();
        return EvaluateJob.run(JavaSparkContext.fromSparkContext(SPARK.sparkContext()), Storage.withDefaults(), config);
    }

    private String text(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    @Test
    void everyTokenOfATextButTheFirstIsPredictedOnce() throws IOException {
        String text = text("a.txt", "thirty bytes of text, in ASCII");

        Measurement apart = evaluate("evaluate.text=" + text);
        Measurement overlapping = evaluate("evaluate.text=" + text, "evaluate.stride=3");

        assertThat(apart.tokens()).isEqualTo(29);
        assertThat(apart.bytes()).isEqualTo(29);
        assertThat(overlapping.tokens()).isEqualTo(29);
        assertThat(overlapping.loss()).isNotEqualTo(apart.loss());
        assertThat(apart.loss()).isCloseTo(Math.log(257), within(1.5));
        assertThat(evaluate("evaluate.text=" + text, "evaluate.batch=1").loss()).isCloseTo(apart.loss(), within(1e-6));
    }

    @ParameterizedTest
    @CsvSource({"file, 1, 17", "line, 4, 10", "block, 2, 14"})
    void aDocumentIsAFileALineOrABlock(String unit, int documents, int tokens) throws IOException {
        String text = text("a.txt", "abcd\nefgh\n\nijk\nlmn");

        Measurement measured = evaluate("evaluate.text=" + text, "evaluate.document=" + unit);

        assertThat(measured.documents()).hasSize(documents);
        assertThat(measured.documents())
                .allSatisfy(document -> assertThat(document.loss()).isPositive());
        assertThat(measured.tokens()).isEqualTo(tokens);
    }

    @Test
    void filesOfADirectoryAreDocuments() throws IOException {
        text("a.txt", "abc");
        text("b.txt", "de");

        assertThat(evaluate("evaluate.text=" + folder).documents())
                .extracting(DocumentLoss::tokens)
                .containsExactly(2L, 1L);
    }

    @Test
    void aTextWithNothingToPredictIsRefused() throws IOException {
        for (String text : List.of("x", "")) {
            String file = text("a.txt", text);
            assertThatThrownBy(() -> evaluate("evaluate.text=" + file))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("at least one document must have 2 tokens")
                    .hasMessageContaining("evaluate.format");
        }
    }

    @Test
    void aStrideThatLeavesTokensOutIsRefused() throws IOException {
        String file = text("a.txt", "some text");

        assertThatThrownBy(() -> evaluate("evaluate.text=" + file, "evaluate.stride=9"))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("evaluate.stride = 9")
                .hasMessageContaining("context of 8");
        assertThatThrownBy(() -> evaluate("evaluate.dataset=" + file, "evaluate.stride=3"))
                .hasMessageContaining("stride is for texts");
        assertThatThrownBy(() -> evaluate("evaluate.text=" + file, "evaluate.stride=0"))
                .isInstanceOf(ConfigError.class);
    }

    @Test
    void badTextIsNamedWithItsByte() throws IOException {
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "caf\u00e9 au lait".getBytes(StandardCharsets.ISO_8859_1));

        assertThatThrownBy(() -> evaluate("evaluate.text=" + latin))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("latin.txt")
                .hasMessageContaining("3");
        assertThatThrownBy(() -> evaluate("evaluate.text=" + folder.resolve("absent")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("names no file");
    }

    @ParameterizedTest
    @ValueSource(strings = {"one\r\ntwo caf\u00e9\r\n", "one\rtwo caf\u00e9\n", "\uFEFFone\ntwo\u0007 cafe\u0301\n"})
    void textsThatPrepareMakesTheSameHaveTheSameLoss(String spelled) throws IOException {
        double expected = evaluate("evaluate.text=" + text("plain.txt", "one\ntwo caf\u00e9\n"))
                .loss();

        assertThat(evaluate("evaluate.text=" + text("other.txt", spelled)).loss())
                .isEqualTo(expected);
    }

    @Test
    void textsAreCleanedAsThoseThatTheModelLearnedFrom() throws IOException {
        Path reading = TinyModel.reading(
                folder.resolve("reading"),
                "{\"clean\":{\"control-characters\":\"keep\",\"minimum-characters\":3,\"trim\":true,"
                        + "\"unicode\":\"none\"},\"max-document-bytes\":20,\"on-bad-text\":\"skip\"}");
        String lines = text("lines.txt", "  one\rtwo  \nab\n \ncafe\u0301\n" + "long ".repeat(5));

        EvaluateJob.Result result = result(reading, "evaluate.text=" + lines, "evaluate.document=line");

        assertThat(result.measurement().documents())
                .extracting(DocumentLoss::tokens)
                .containsExactly(6L, 5L);
        assertThat(result.texts().orElseThrow().known()).isTrue();
        assertThat(result.texts().orElseThrow().dropped())
                .containsExactly(Map.entry("empty", 1L), Map.entry("too-long", 1L), Map.entry("too-short", 1L));
        EvaluateJob.Result unknown = result(run, "evaluate.text=" + lines, "evaluate.document=line");
        assertThat(unknown.texts().orElseThrow().known()).isFalse();
        assertThat(unknown.measurement().documents()).hasSize(4);
    }

    @Test
    void whatAMessageAdvisesIsASettingOfEvaluate() throws IOException {
        String lines = text("lines.jsonl", "{\"text\":\"a line\"}\nno JSON\n{\"text\":\"another\"}\n");
        String[] jsonLines = {"evaluate.text=" + lines, "evaluate.format={type=jsonl,field=text}"};

        assertThatThrownBy(() -> result(run, jsonLines))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("lines.jsonl")
                .hasMessageContaining("evaluate.on-bad-text = skip")
                .hasMessageNotContaining("data.");
        EvaluateJob.Result skipping = result(run, jsonLines[0], jsonLines[1], "evaluate.on-bad-text=skip");
        assertThat(skipping.measurement().documents()).hasSize(2);
        assertThat(skipping.texts().orElseThrow().dropped()).containsExactly(Map.entry("bad-json", 1L));
        assertThatThrownBy(() -> result(run, "evaluate.text=" + lines, "evaluate.max-document-bytes=4"))
                .hasMessageContaining("evaluate.max-document-bytes")
                .hasMessageNotContaining("data.");
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY, 3e38f})
    void aLossThatIsNoNumberIsADivergedModel(float weight) throws IOException {
        Path diverged = TinyModel.diverged(folder.resolve("diverged"), 8 * 'a' + 3, weight);
        String text = text("a.txt", "banana");
        String data = prepared("data", "{ type = bytes }");

        for (String of : List.of("evaluate.text=" + text, "evaluate.dataset=" + data)) {
            assertThatThrownBy(() -> result(diverged, of))
                    .isInstanceOfSatisfying(
                            NonFiniteLoss.class,
                            thrown -> assertThat(thrown.exitCode()).isEqualTo(3))
                    .hasMessageContaining(Float.isFinite(weight) ? "all weights are finite" : "[97, 3] = " + weight);
        }
    }

    @Test
    void aDatasetOfAnotherTokenizerIsRefused() throws IOException {
        String ours = prepared("ours", "{ type = bytes }");
        String theirs = prepared("theirs", "{ type = bpe, vocab-size = 300 }");

        assertThat(evaluate("evaluate.dataset=" + ours).tokens()).isGreaterThan(100);
        assertThatThrownBy(() -> evaluate("evaluate.dataset=" + theirs))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("another tokenizer")
                .hasMessageContaining("--text");
    }

    @Test
    void aDatasetOfLongerSequencesThanTheModelCanSeeIsRefused() throws IOException {
        String longer = prepared("longer", "{ type = bytes }", "data.sequence=16");

        assertThatThrownBy(() -> evaluate("evaluate.dataset=" + longer))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("sequences of 16 tokens")
                .hasMessageContaining("end at 8");
    }

    private String prepared(String name, String tokenizer, String... overrides) throws IOException {
        String corpus = text(name + ".txt", "a line of words that come again and again\n".repeat(20));
        List<String> all = new ArrayList<>(List.of(
                "data.corpus=" + corpus,
                "data.output=" + folder.resolve(name),
                "data.tokenizer=" + tokenizer,
                "data.validation={ by = tail, fraction = 0.4 }",
                "data.sequence=8"));
        all.addAll(List.of(overrides));
        Settings settings = Settings.load(Optional.empty(), all);
        PrepareJob.run(
                SPARK, settings.bind("data", DataConfig.class).get(), settings.canonicalJson("data"), Progress.SILENT);
        return folder.resolve(name).toString();
    }
}
