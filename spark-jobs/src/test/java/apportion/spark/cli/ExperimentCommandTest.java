package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ExperimentCommandTest {

    @TempDir
    private Path folder;

    private static Ran run(Object... arguments) {
        return Ran.of(arguments);
    }

    private Path config(String arms) throws IOException {
        Files.writeString(
                folder.resolve("corpus.txt"),
                IntStream.range(0, 200)
                        .mapToObj(line -> "line " + line + " of a text\n")
                        .collect(Collectors.joining()));
        return Files.writeString(folder.resolve("tiny.conf"), """
                data {
                  corpus = "%s"
                  output = "%s"
                  format.document = line
                  validation.fraction = 0.3
                }
                model { layers = 1, width = 16, context = 16, feed-forward.width = 16, attention.heads = 2 }
                train { batch = 2, tokens = 512, schedule.warmup-steps = 2 }
                experiment {
                  output = "%s"
                  arms = %s
                  conditions = [
                    { name = "two", set = ["train.replicas=2", "train.local-steps=2"] }
                    { name = "one", set = ["train.replicas=1", "train.local-steps=4"] }
                  ]
                  seeds = [5, 6]
                }
                """.formatted(
                        folder.resolve("corpus.txt"), folder.resolve("dataset"), folder.resolve("experiment"), arms));
    }

    @Test
    void everyArmIsTrainedWithEverySeedUnderEveryConditionAndOnce() throws IOException {
        Path config = config("""
                [ { name = "kept", set = [] }
                  { name = "averaged", set = ["train.optimizer-state=averaged"] } ]""");
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        List<JsonNode> runs = runs();
        assertThat(runs)
                .extracting(run -> run.get("condition").textValue() + " "
                        + run.get("arm").textValue() + " " + run.get("seed").asLong())
                .containsExactly(
                        "two kept 5",
                        "two averaged 5",
                        "one kept 5",
                        "one averaged 5",
                        "two kept 6",
                        "two averaged 6",
                        "one kept 6",
                        "one averaged 6");
        assertThat(runs)
                .extracting(run -> run.get("steps").asLong())
                .containsExactly(8L, 8L, 16L, 16L, 8L, 8L, 16L, 16L);
        assertThat(runs)
                .allSatisfy(run -> assertThat(run.get("tokens").asLong()).isEqualTo(512));
        // Averaged moments change what two replicas learn, and nothing for one.
        assertThat(runs.get(0).get("loss")).isNotEqualTo(runs.get(1).get("loss"));
        assertThat(runs.get(2).get("loss")).isEqualTo(runs.get(3).get("loss"));
        assertThat(runs.get(0).get("loss")).isNotEqualTo(runs.get(4).get("loss"));
        assertThat(ran.out()).contains("| one | averaged | ").contains("report.html");
        assertThat(Files.readString(folder.resolve("experiment/report.md"))).contains("| one | averaged | ");
        // What cannot differ is not said to.
        assertThat(Files.readString(folder.resolve("experiment/report.html")))
                .contains("Under one, no arm is told apart from it.");

        List<FileTime> before = changed();
        assertThat(run("experiment", config.toString()).out()).isEqualTo(ran.out());
        assertThat(changed()).isEqualTo(before);
    }

    private List<JsonNode> runs() throws IOException {
        List<JsonNode> runs = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve("experiment/runs.jsonl"))) {
            runs.add(new ObjectMapper().readTree(line));
        }
        return runs;
    }

    /** When the models of all trials were written. */
    private List<FileTime> changed() throws IOException {
        List<FileTime> times = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder.resolve("experiment/trials"))) {
            for (Path file : files.filter(file -> file.endsWith("model.safetensors"))
                    .sorted()
                    .toList()) {
                times.add(Files.getLastModifiedTime(file));
            }
        }
        assertThat(times).hasSizeGreaterThanOrEqualTo(8);
        return times;
    }

    @Test
    void mistakesInAnArmAreFoundBeforeAnythingStarts() throws IOException {
        Path config = config("""
                [ { name = "kept", set = [] }
                  { name = "lost", set = ["train.optimizer-state=lost"] } ]""");

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err())
                .contains(
                        "--set train.optimizer-state=lost: train.optimizer-state = \"lost\", but it must be one of kept,"
                                + " dropped, averaged");
        assertThat(folder.resolve("experiment")).doesNotExist();
    }

    @Test
    void armsThatAreTheSameRunAreRefused() throws IOException {
        Path config = config("""
                [ { name = "default", set = [] }
                  { name = "kept", set = ["train.optimizer-state=kept"] } ]""");
        assertThat(run("prepare", config.toString()).exitCode()).isZero();

        Ran ran = run("experiment", config.toString());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err())
                .contains("experiment: kept under two is the same run as default under two; leave one of them out");
    }
}
