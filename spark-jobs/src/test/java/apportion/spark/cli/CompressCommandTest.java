package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.storage.Storage;
import apportion.spark.train.TinyDataset;
import apportion.spark.trained.TinyModel;
import apportion.spark.trained.TrainedModel;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compression through the real commands. */
final class CompressCommandTest {

    private static final String MASTER = "spark.master";

    @TempDir
    private Path folder;

    private Path dataset;

    @BeforeAll
    static void local() {
        System.setProperty(MASTER, "local[2]");
    }

    @AfterAll
    static void reset() {
        System.clearProperty(MASTER);
    }

    private static Ran run(Object... arguments) {
        return Ran.of(arguments);
    }

    @BeforeEach
    void data() {
        dataset = folder.resolve("dataset");
        List<String> texts = List.of("a cat sat on a mat", "the rain in Spain", "one, two, three and four");
        TinyDataset.write(dataset, texts, texts.subList(1, 3), 8, 3);
    }

    @Test
    void aStudentIsACheckpointLikeAnyOther() throws IOException {
        Path teacher = TinyModel.write(folder.resolve("teacher"), "layers = 3, bias = true", 1);
        Path student = folder.resolve("student");

        JsonNode result = run(
                        "compress",
                        "--checkpoint",
                        teacher,
                        "--layers",
                        "1-2",
                        "--heads",
                        "1",
                        "--head-dim",
                        "2",
                        "--data",
                        dataset,
                        "--output",
                        student,
                        "--json")
                .json();

        assertThat(result.get("attention").toString()).isEqualTo("[\"2x4\",\"1x4+1x2\",\"1x4+1x2\"]");
        assertThat(result.get("method").textValue()).isEqualTo("data");
        // Each of the two heads loses 2 of 4 dimensions of three projections with biases, and of the way back.
        assertThat(result.at("/before/parameters").intValue()
                        - result.at("/after/parameters").intValue())
                .isEqualTo(2 * 2 * (3 * (8 + 1) + 8));
        for (JsonNode head : result.get("heads")) {
            assertThat(head.get("keptScores").doubleValue()).isBetween(0.3, 1.0);
            assertThat(head.get("scoreError").doubleValue()).isBetween(1e-4, 1.0);
            assertThat(head.get("outputError").doubleValue()).isBetween(1e-4, 1.0);
        }
        TrainedModel loaded = TrainedModel.load(Storage.withDefaults(), student.toString());
        assertThat(loaded.model().block(1).attention()).hasToString("1x4+1x2");
        assertThat(loaded.parameters()).hasSize(result.at("/after/parameters").intValue());
        assertThat(run("generate", "--checkpoint", student, "--prompt", "a cat", "--tokens", "3")
                        .exitCode())
                .isZero();
    }

    @Test
    void atFullRankNothingIsLost() throws IOException {
        Path teacher = TinyModel.write(folder.resolve("teacher"), 1);

        JsonNode result = run(
                        "compress",
                        "--checkpoint",
                        teacher,
                        "--head-dim",
                        "4",
                        "--data",
                        dataset,
                        "--output",
                        folder.resolve("student"),
                        "--json")
                .json();

        assertThat(result.get("studentLoss").doubleValue())
                .isEqualTo(result.get("teacherLoss").doubleValue(), within(1e-5));
        assertThat(result.get("heads"))
                .hasSize(2)
                .allSatisfy(head ->
                        assertThat(head.get("outputError").doubleValue()).isLessThan(1e-4));
    }

    @Test
    void withoutDataNothingIsMeasured() throws IOException {
        Path teacher = TinyModel.write(folder.resolve("teacher"), 1);
        Ran ran = run("compress", "--checkpoint", teacher, "--head-dim", "3", "--output", folder.resolve("student"));
        assertThat(ran.out()).contains("by weights", "parameters").doesNotContain("loss");
    }

    @Test
    void mistakesAreNamed() throws IOException {
        Path teacher = TinyModel.write(folder.resolve("teacher"), "positions = { type = rotary, base = 10000 }", 1);
        Path output = folder.resolve("student");
        assertRefused(
                run("compress", "--checkpoint", teacher, "--head-dim", "2", "--output", output),
                "rotary",
                "compress values alone with parts = ov");
        assertRefused(
                run("compress", "--checkpoint", teacher, "--head-dim", "2", "--output", dataset),
                "is not written over");
        assertRefused(
                run("compress", "--checkpoint", teacher, "--head-dim", "2", "--output", output, "--layers", "2-1"),
                "compress.layers");
        assertRefused(
                run("compress", "--checkpoint", teacher, "--head-dim", "2", "--output", output, "--method", "data"),
                "method = data needs a dataset");
        assertThat(run("compress", "--checkpoint", teacher, "--head-dim", "2", "--output", output, "--parts", "ov")
                        .exitCode())
                .isZero();
    }

    private static void assertRefused(Ran ran, String... messages) {
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
        assertThat(ran.err()).contains(messages).doesNotContain("Exception");
    }
}
