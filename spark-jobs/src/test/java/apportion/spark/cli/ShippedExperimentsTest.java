package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.page.Browser;
import apportion.spark.train.TinyDataset;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The machinery of what ships, for a few steps: every statement is checked, and every page fits. Not what it finds. */
final class ShippedExperimentsTest {

    private static final Path SHIPPED = Path.of("../conf/experiment");

    @TempDir
    private Path folder;

    private JsonNode run(String command, Path config, String section, String... settings) throws Exception {
        List<Object> arguments = new ArrayList<>(List.of(command, config));
        Stream.concat(Stream.of(section + ".output=" + folder.resolve("out")), Stream.of(settings))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        Ran ran = Ran.of(arguments.toArray());
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        return new ObjectMapper().readTree(Files.readString(folder.resolve("out/report.json")));
    }

    private void pageFits() throws Exception {
        assertThat(new Browser(folder).beyond(390, Files.readString(folder.resolve("out/report.html"))))
                .isEmpty();
    }

    private String dataset() {
        List<String> texts = IntStream.range(0, 60)
                .mapToObj(i -> "number " + i * i + " of a text")
                .toList();
        TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(0, 9), 8, 40);
        return "train.dataset=" + folder.resolve("dataset");
    }

    @ParameterizedTest
    @CsvSource({
        // Two readings of heads, five statements each, and the theory's: for each kind of positions.
        "four-gram.conf, 22",
        "four-gram-mixed.conf, 22",
        "max-of-four.conf, 5",
        "induction-step.conf, 2",
        "induction.conf, 0",
        "nonlinear.conf, 0"
    })
    void tasks(String config, int statements) throws Exception {
        JsonNode report = run(
                "experiment",
                SHIPPED.resolve(config),
                "experiment",
                "experiment.training.steps=3",
                "experiment.training.batch-sequences=4",
                "experiment.training.validation-sequences=20",
                "experiment.training.learning-rates=[1e-2]",
                "experiment.seeds=[1, 2]");

        assertThat(report.get("claims")).hasSize(statements);
        assertThat(report.get("numbers"))
                .isNotEmpty()
                .allSatisfy(cell ->
                        assertThat(cell.get("logError").get("value").isNumber()).isTrue());
        pageFits();
    }

    @Test
    void weightSharing() throws Exception {
        // Matrices part and are tied within the few steps there are.
        Path config = Files.writeString(
                folder.resolve("weight-sharing.conf"),
                Files.readString(SHIPPED.resolve("weight-sharing.conf"))
                        .replace("step = 500", "step = 1")
                        .replace("over = 200", "over = 1"));
        JsonNode report = run(
                "experiment",
                config,
                "experiment",
                dataset(),
                "model.context=8",
                "model.layers=2",
                "train.steps=3",
                "train.local-steps=1",
                "train.batch=2",
                "train.schedule.warmup-steps=1",
                "experiment.tuning.learning-rates=[1e-3]",
                "experiment.seeds=[1, 2]");

        // Four orders at equal width and at equal parameters.
        assertThat(report.get("claims")).hasSize(8);
        assertThat(report.findValuesAsText("arm"))
                .contains("Q=K=V", "MQA", "untied until 500", "4 experts, common part");
        pageFits();
    }

    @ParameterizedTest
    @CsvSource({"head-layouts.conf, 6", "count-and-width.conf, 4"})
    void layouts(String config, int statements) throws Exception {
        JsonNode report = run(
                "sweep",
                SHIPPED.resolve(config),
                "sweep",
                dataset(),
                "model.context=8",
                "train.steps=2",
                "train.local-steps=2",
                "train.batch=2",
                "train.schedule.warmup-steps=1",
                "sweep.axes.scoring=[inverse-root]",
                "sweep.learning-rates=[1e-3]",
                "sweep.seeds=[1, 2]");

        assertThat(report.get("claims")).hasSize(statements);
        assertThat(report.get("unfinished")).isEmpty();
        pageFits();
    }
}
