package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.train.TinyDataset;
import apportion.spark.trained.TinyModel;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inspection through the real command. */
final class InspectCommandTest {

    private static final String MASTER = "spark.master";
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private Path folder;

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

    private JsonNode inspected(Path model, Path dataset, String... others) throws IOException {
        Path output = folder.resolve("heads");
        Ran ran = run(Stream.concat(
                        Stream.of("inspect", "--checkpoint", model, "--data", dataset, "--output", output, "--json"),
                        Stream.of(others))
                .toArray());
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        JsonNode inspection = JSON.readTree(ran.out()).get("inspection");
        assertThat(JSON.readTree(output.resolve("inspect.json").toFile())).isEqualTo(inspection);
        return inspection;
    }

    @Test
    void whatManyTasksSumUpIsTheLossAndItsRiseWithoutEachHead() throws IOException {
        Path model = TinyModel.write(folder.resolve("model"), "layers = 2", 1);
        Path dataset = folder.resolve("dataset");
        // More rows than one task takes, in several parts, the last of them shorter.
        List<String> texts = List.of("the cat sat on the mat and the dog sat on the log. ".repeat(8));
        TinyDataset.write(dataset, texts, texts, 8, 20);

        JsonNode inspection = inspected(model, dataset);

        double loss = JSON.readTree(run("evaluate", "--checkpoint", model, "--dataset", dataset, "--json")
                        .out())
                .get("loss")
                .doubleValue();
        assertThat(inspection.get("loss").doubleValue()).isEqualTo(loss, within(1e-6));
        assertThat(inspection.get("heads")).hasSize(4).allSatisfy(head -> {
            assertThat(head.get("entropy").doubleValue()).isBetween(0.01, Math.log(8));
            assertThat(head.get("jacobian").doubleValue()).isBetween(0.01, 0.5);
            assertThat(head.get("importance").doubleValue()).isNotZero();
            // Context 8: tokens 5 to 8 of a row were there before, and see so many tokens about alike.
            assertThat(head.get("inductionOnRepeatedTokens").doubleValue()).isBetween(0.05, 0.4);
        });
        assertThat(inspection.get("similarity")).hasSize(2);
        // TinyModel does not say which seed it came from.
        assertThat(inspection.has("drift")).isFalse();
        String page = Files.readString(folder.resolve("heads/inspect.html"));
        assertThat(page)
                .contains("Importance", "Induction on repeated random tokens", "head\u00a01")
                .doesNotContain("<script", "http://", "https://");
    }

    @Test
    void aLimitTakesRowsThatAreSpreadAndHeadsNeedNotBeCut() throws IOException {
        Path model = TinyModel.write(folder.resolve("model"), 1);
        Path dataset = folder.resolve("dataset");
        List<String> texts = List.of("0123456789abcdef".repeat(20));
        TinyDataset.write(dataset, texts, texts, 8, 7);

        JsonNode inspection = inspected(model, dataset, "--sequences", "5", "--set", "inspect.cut=false");

        assertThat(inspection.get("sequences").intValue()).isEqualTo(5);
        assertThat(inspection.get("tokens").intValue()).isEqualTo(5 * 8);
        assertThat(inspection.get("heads").get(0).has("importance")).isFalse();
    }

    @Test
    void aTrainedModelSaysHowFarItsTokensWent() throws IOException {
        Path dataset = folder.resolve("dataset");
        List<String> texts = List.of("the cat sat on the mat and the dog sat on the log. ".repeat(8));
        TinyDataset.write(dataset, texts, texts, 8, 20);
        Path model = folder.resolve("run");
        Ran trained = run(
                "train",
                "--set",
                "train={ dataset = \"" + dataset + "\", output = \"" + model
                        + "\", replicas = 1, steps = 20, local-steps = 10, schedule.warmup-steps = 1 }",
                "--set",
                "model={ layers = 1, width = 8, context = 8, feed-forward.width = 8, attention.heads = 2 }");
        assertThat(trained.exitCode()).as(trained.err()).isZero();

        JsonNode drift = inspected(model, dataset).get("drift");

        assertThat(drift.get("seed").intValue()).isEqualTo(1);
        assertThat(drift.at("/spreads/cosineToStart/mean").doubleValue()).isBetween(0.2, 0.9999);
        assertThat(drift.at("/spreads/cosineToOutput/low").doubleValue()).isEqualTo(1, within(1e-6));
        assertThat(drift.get("farthest")).hasSize(10);
    }
}
