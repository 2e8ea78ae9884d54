package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.train.TinyDataset;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The machinery of an experiment with smaller heads, not what it finds. */
final class CompressionExperimentTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void data() {
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> "number " + i * i + " of a text")
                .toList();
        TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(0, 9), 8, 40);
    }

    private Ran run(String... settings) throws IOException {
        Path config = Files.writeString(
                folder.resolve("tiny.conf"), """
                model { layers = 2, width = 16, context = 8, feed-forward.width = 16, attention.heads = 2 }
                train {
                  dataset = "%s"
                  replicas = 1
                  batch = 4
                  steps = 40
                  local-steps = 20
                  optimizer.learning-rate = 1e-2
                  schedule.warmup-steps = 2
                }
                experiment {
                  type = compression
                  output = "%s"
                  seeds = [5, 6]
                  sequences = 20
                  turns = 6
                  students = [
                    { name = "early layers", layers = 0, heads = all, head-dim = 2 }
                    { name = "later layers", layers = 1, heads = all, head-dim = 2 }
                  ]
                  compared { single = "later layers", early = "early layers", later = "later layers" }
                  fine-tuning = ["train.steps=6", "train.local-steps=6"]
                }
                """.formatted(folder.resolve("dataset"), folder.resolve("experiment")));
        List<Object> arguments = new ArrayList<>(List.of("experiment", config));
        Stream.of(settings).forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return Ran.of(arguments.toArray());
    }

    @Test
    void teachersStudentsAndControlsAreTrainedOnceAndShownOnOnePage() throws IOException {
        Ran ran = run();

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        JsonNode numbers = report().get("numbers");
        List<JsonNode> outcomes = new ArrayList<>();
        numbers.get("outcomes").forEach(outcomes::add);
        // Two students by three methods, and one of full rank, of each of two teachers.
        assertThat(outcomes).hasSize(2 * (2 * 3 + 1));
        for (JsonNode one : outcomes) {
            boolean fullRank = one.get("student").textValue().equals("full rank");
            double excess = one.get("made").doubleValue() - one.get("teacher").doubleValue();
            if (fullRank) {
                assertThat(excess).isCloseTo(0, within(1e-5));
                assertThat(one.get("outputError").doubleValue()).isLessThan(1e-5);
            } else {
                assertThat(Math.abs(excess)).isGreaterThan(1e-6);
                assertThat(one.get("outputError").doubleValue()).isGreaterThan(1e-3);
                assertThat(one.get("tuned").doubleValue())
                        .isNotEqualTo(one.get("control").doubleValue());
            }
            assertThat(one.has("tuned")).isNotEqualTo(fullRank);
            assertThat(one.has("tunedOutputError")).isNotEqualTo(fullRank);
            if (!fullRank) {
                assertThat(one.get("tunedOutputError").doubleValue())
                        .isGreaterThan(1e-3)
                        .isNotEqualTo(one.get("outputError").doubleValue());
            }
        }
        // Two heads of 8 lose 6 dimensions each, of three projections and of the way back.
        JsonNode saved = numbers.get("costs").get(0);
        assertThat(numbers.at("/teacher/parameters").longValue()
                        - saved.get("parameters").longValue())
                .isEqualTo(2 * 6 * 4 * 16);
        assertThat(saved.at("/speedRatio/low").doubleValue())
                .isLessThanOrEqualTo(saved.at("/speedRatio/high").doubleValue());
        assertThat(report().get("claims")).hasSize(8);
        assertThat(report().at("/claims/7/agreement").textValue()).isEqualTo("agrees");
        assertThat(Files.readString(folder.resolve("experiment/report.html")))
                .contains("Can trained heads be replaced by smaller ones?", "early layers, data");

        List<FileTime> before = models();
        assertThat(before).hasSize(2 + 2 * 7 + 2 * 7);
        assertThat(run().exitCode()).isZero();
        assertThat(models()).isEqualTo(before);
        assertThat(report().at("/numbers/outcomes")).isEqualTo(numbers.get("outcomes"));

        Files.writeString(folder.resolve("experiment/students.jsonl"), "{\"scoreError\":0.1}\n");
        Ran refused = run();
        assertThat(refused.exitCode()).isEqualTo(2);
        assertThat(refused.err())
                .contains("students.jsonl in experiment.output has a line that is no student of this version")
                .doesNotContain("\tat ");
    }

    private JsonNode report() throws IOException {
        return new ObjectMapper().readTree(Files.readString(folder.resolve("experiment/report.json")));
    }

    /** When models were written: of teachers, of students, and of what was trained on. */
    private List<FileTime> models() throws IOException {
        List<FileTime> times = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder.resolve("experiment"))) {
            for (Path file : files.filter(file -> file.endsWith("model.safetensors"))
                    .sorted()
                    .toList()) {
                times.add(Files.getLastModifiedTime(file));
            }
        }
        return times;
    }

    @Test
    void aRunThatDivergesIsReportedAndEndsNothing() throws IOException {
        Ran ran = run(
                "experiment.students=[{ name = all, layers = all, heads = all, head-dim = 2 }]",
                "experiment.compared={ single = all, early = all, later = all }",
                "experiment.fine-tuning=[\"train.steps=6\", \"train.optimizer.learning-rate=1e30\", \"train.clip=null\"]");

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        JsonNode numbers = report().get("numbers");
        assertThat(numbers.get("diverged")).hasSize(2 * 4);
        assertThat(numbers.at("/outcomes/1").has("tuned")).isFalse();
        assertThat(report().at("/claims/0/agreement").textValue()).isEqualTo("cannot tell at this size");
        assertThat(Files.readString(folder.resolve("experiment/report.html"))).contains("Runs that diverged");
    }

    @Test
    void mistakesAreFoundBeforeTeachersAreTrained() throws IOException {
        assertRefused("experiment.compared must name students", "experiment.compared.early=others");
        assertRefused("experiment.students: later layers: layers must be from 0 to 0", "model.layers=1");
        assertRefused("rotary turns queries and keys", "model.positions={ type = rotary, base = 10000 }");
        assertRefused("train.stepz is not a known key", "experiment.fine-tuning=[\"train.stepz=3\"]");
        assertRefused("fine-tuning must list settings of train", "experiment.fine-tuning=[\"model.layers=3\"]");
        assertRefused(
                "must have heads of one dimension",
                "model.attention={ heads = null, per-layer = [{ heads = 2, head-dim ="
                        + " 4 }, { heads = 2, head-dim = 8 }] }");
    }

    private void assertRefused(String message, String... settings) throws IOException {
        Ran ran = run(settings);
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
        assertThat(ran.err()).contains(message).doesNotContain("\tat ");
        assertThat(folder.resolve("experiment/teachers")).doesNotExist();
    }
}
