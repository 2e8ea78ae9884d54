package apportion.spark.trained;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.tokenize.Tokenizer;
import apportion.spark.failure.UserError;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TrainedModelTest {

    @TempDir
    private Path folder;

    private static TrainedModel load(Path path) {
        return TrainedModel.load(Storage.withDefaults(), path.toString());
    }

    private static void assertRefused(Path path, String... messages) {
        assertThatThrownBy(() -> load(path))
                .isInstanceOf(UserError.class)
                .satisfies(thrown -> assertThat(thrown.getMessage()).contains(messages));
    }

    @Test
    void aRunStandsForItsNewestCheckpoint() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1, 2);

        TrainedModel newest = load(run);

        assertThat(newest.directory()).endsWith("run/round-000002");
        assertThat(newest.model().context()).isEqualTo(8);
        assertThat(newest.model().block().attention()).hasToString("2x4");
        assertThat(newest.tokenizer().sha256()).isEqualTo(Tokenizer.bytes().sha256());
        assertThat(newest.parameters())
                .isEqualTo(load(run.resolve("round-000002")).parameters());
        assertThat(newest.parameters())
                .isNotEqualTo(load(run.resolve("round-000001")).parameters());
    }

    @Test
    void aSlashAtTheEndChangesNothing() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);

        assertThat(TrainedModel.load(Storage.withDefaults(), run + "/round-000001/")
                        .directory())
                .isEqualTo(load(run).directory());
    }

    @Test
    void aTornCheckpointGivesWayToTheOneBefore() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1, 2);
        tear(run.resolve("round-000002/model.safetensors"));

        assertThat(load(run).directory()).endsWith("round-000001");
        assertRefused(run.resolve("round-000002"), "round-000002", "model.safetensors");
    }

    @Test
    void aRunOfTornCheckpointsIsRefusedWithTheReason() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);
        tear(run.resolve("round-000001/manifest.json"));

        assertRefused(run, "holds no checkpoint that can be read", "manifest.json");
    }

    private static void tear(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
    }

    @Test
    void withoutItsTokenizerACheckpointIsOfNoUse() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);
        Files.delete(run.resolve("tokenizer.json"));

        assertRefused(run, "run/tokenizer.json is missing", "beside it");
    }

    @Test
    void aDamagedOrForeignTokenizerIsNamed() throws IOException {
        Path run = TinyModel.write(folder.resolve("run"), 1);
        Files.writeString(run.resolve("tokenizer.json"), "{");

        assertRefused(run, "run", "cannot be used");
    }

    @Test
    void whatIsNoRunIsRefused() throws IOException {
        Files.writeString(folder.resolve("file.txt"), "text");
        Path dataset = Files.createDirectory(folder.resolve("dataset"));
        Files.writeString(dataset.resolve("manifest.json"), "{\"formatVersion\":1,\"identity\":\"x\"}");

        assertRefused(folder, "holds no checkpoint", "name the directory that train wrote");
        assertRefused(folder.resolve("absent"), "holds no checkpoint");
        assertRefused(dataset, "dataset");
    }

    @Test
    void aWeightThatIsNoNumberIsNamedBeforeAnythingIsMadeOfTheModel() throws IOException {
        Path finite = TinyModel.write(folder.resolve("finite"), 1);
        Path diverged = TinyModel.diverged(folder.resolve("diverged"), 8 * 5 + 2, Float.NEGATIVE_INFINITY);

        TrainedModel.load(Storage.withDefaults(), finite.toString()).requireFinite();
        assertThatThrownBy(() -> TrainedModel.load(Storage.withDefaults(), diverged.toString())
                        .requireFinite())
                .isInstanceOf(UserError.class)
                .hasMessageContaining("[5, 2] = -Infinity")
                .hasMessageContaining("earlier checkpoint");
    }
}
