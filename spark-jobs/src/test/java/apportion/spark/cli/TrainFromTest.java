package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.train.TinyDataset;
import apportion.spark.trained.TinyModel;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train.from} through the real command. */
final class TrainFromTest {

    private static final List<String> TEXTS =
            List.of("a cat sat on a mat", "the rain in Spain", "one, two, three and four", "and so it goes on");

    @TempDir
    private Path folder;

    private Path dataset;
    private Path source;

    @BeforeEach
    void write() throws IOException {
        dataset = folder.resolve("dataset");
        TinyDataset.write(dataset, TEXTS, TEXTS.subList(1, 3), 8, 3);
        source = TinyModel.write(folder.resolve("source"), 1);
    }

    private Ran train(List<String> options, String... settings) {
        List<Object> arguments = new ArrayList<>(List.of("train", "--json"));
        arguments.addAll(options);
        Stream.concat(
                        Stream.of(
                                "model={ layers = 1, width = 8, context = 8, feed-forward.width = 8, attention.heads = 2 }",
                                "train={ replicas = 1, local-steps = 1, batch = 2, steps = 4 }",
                                "train.checkpoint.every-rounds=1",
                                "train.from=" + source,
                                "train.dataset=" + dataset,
                                "train.output=" + folder.resolve("run")),
                        Arrays.stream(settings))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        return Ran.of(arguments.toArray());
    }

    private void assertRefused(String message, String... settings) {
        for (List<String> options : List.of(List.<String>of(), List.of("--dry-run"))) {
            Ran ran = train(options, settings);
            assertThat(ran.exitCode()).as(ran.err()).isEqualTo(2);
            assertThat(ran.err().strip()).contains(message).doesNotContain("\n", "\tat ");
            assertThat(SparkSession.getDefaultSession().isEmpty()).isTrue();
            assertThat(folder.resolve("run")).doesNotExist();
        }
    }

    @Test
    void anotherModelIsRefusedByWhatDiffersBeforeSparkStarts() {
        assertRefused("is another one: model.layers = 2 (there 1); configure the same model", "model.layers=2");
        assertRefused("is another one: model.sharing.embedding = none (there full)", "model.sharing.embedding=none");
        assertRefused("model.attention.groups = ", "model.attention.heads=1", "model.dropout=0.1");
        assertRefused("model.context = 16 (there 8)", "model.context=16", "model.initialization.std=0.3");
        assertRefused("model.sharing.embedding changes at a step", "model.sharing.embedding={type=tied-until,step=2}");
        assertRefused("/nothing holds no checkpoint", "train.from=" + folder.resolve("nothing"));
    }

    @Test
    void anotherTokenizerIsRefused() throws IOException {
        Path corpus = Files.writeString(folder.resolve("corpus.txt"), "a cat and a cat and a cat\n".repeat(40));
        Path other = folder.resolve("other");
        Ran prepared = Ran.of(
                "prepare",
                "--set",
                "data={ corpus = \"" + corpus + "\", output = \"" + other
                        + "\", sequence = 8, tokenizer = { type = bpe, vocab-size = 260 }"
                        + ", validation = { by = tail, fraction = 0.3 } }");
        assertThat(prepared.exitCode()).as(prepared.err()).isZero();
        SparkSession.clearDefaultSession();

        assertRefused("was prepared with another tokenizer than ", "train.dataset=" + other);
    }

    @Test
    void aSweepIsRefused() {
        Ran ran = Ran.of(
                "sweep",
                "--dry-run",
                "--set",
                "train={ steps = 4, from = somewhere, dataset = " + dataset + " }",
                "--set",
                "sweep.output=" + folder.resolve("sweep"));

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).contains("train.from must be null in a sweep", "got somewhere");
    }

    @Test
    void whatWasTrainedFromACheckpointGoesOnWithoutIt() throws IOException {
        JsonNode whole = train(List.of()).json();
        assertThat(whole.get("steps").asLong()).isEqualTo(4);
        assertThat(train(List.of("--dry-run")).json().get("datasetChecked").asBoolean())
                .isTrue();
        Files.move(source, folder.resolve("moved"));

        JsonNode again = train(List.of()).json();

        assertThat(again.get("checkpoint")).isEqualTo(whole.get("checkpoint"));
        assertThat(again.get("validationLoss")).isEqualTo(whole.get("validationLoss"));
        // Another directory has nothing to go by.
        Ran elsewhere = train(List.of(), "train.output=" + folder.resolve("elsewhere"));
        assertThat(elsewhere.exitCode()).isEqualTo(2);
        // Where it lies is no part of what it is.
        assertThat(train(List.of(), "train.from=" + folder.resolve("moved"))
                        .json()
                        .get("validationLoss"))
                .isEqualTo(whole.get("validationLoss"));
    }
}
