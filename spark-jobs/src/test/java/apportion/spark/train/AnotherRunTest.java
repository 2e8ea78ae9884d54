package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A directory that belongs to another run, or to another driver of this one. */
final class AnotherRunTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[2]");
    private static final Storage STORAGE = Storage.withDefaults();

    @TempDir
    private Path folder;

    private Dataset dataset;
    private Path run;

    @BeforeEach
    void writeDataset() {
        dataset = TinyDataset.write(folder.resolve("dataset"), texts(30), texts(3), 8, 100);
        run = folder.resolve("run");
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "text " + i * i).toList();
    }

    private TrainResult train(Progress progress) {
        return TrainJob.run(SPARK, STORAGE, TinyRun.with(1, 2).plan(dataset, run), progress);
    }

    @Test
    void anotherReleaseIsNamed() throws IOException {
        train(Progress.SILENT);
        String state = Files.readString(run.resolve("round-000004/state.json"));
        Path file = run.resolve("round-000004/state.json");
        String before = STORAGE.sha256(file.toString());
        Files.writeString(file, state.replaceFirst("(\"code-version\" : )\"[^\"]*\"", "$1\"0.0.9\""));
        Path manifest = run.resolve("round-000004/manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace(before, STORAGE.sha256(file.toString())));
        Files.writeString(run.resolve("_owner"), "train of-the-other-release\n");

        assertThatThrownBy(() -> train(Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageMatching("\\S+ belongs to another run: this program is release \\S+ \\(there 0.0.9\\); name"
                        + " another output directory, or delete it");
    }

    @Test
    void aRunWithoutACheckpointIsToldByItsHash() throws IOException {
        Files.createDirectory(run);
        Files.writeString(run.resolve("_owner"), "train of-somebody\n");

        assertThatThrownBy(() -> train(Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("belongs to another run (train of-somebody; this one is train ");
    }

    /** On a disk of one's own the lock went with the process, on a shared one with its host. */
    @Test
    void theLockFileOfADriverThatWasKilledIsNoObstacle() throws IOException {
        float[] expected = train(Progress.SILENT).parameters();
        Files.writeString(run.resolve("_lock"), "held by another host, long ago");

        assertThat(train(Progress.SILENT).parameters()).isEqualTo(expected);
    }

    @Test
    void aSecondDriverIsRefusedAndTheFirstGoesOn() {
        int[] refused = {0};
        Progress meanwhile = (name, total) -> (amount, note) -> {
            assertThatThrownBy(() -> train(Progress.SILENT))
                    .isInstanceOf(UserError.class)
                    .hasMessageMatching(
                            "\\S+ is in use by another process; wait for it, or name another output" + " directory");
            refused[0]++;
        };

        Ended disturbed = Ended.of(STORAGE, run.toString(), train(meanwhile));

        assertThat(refused[0]).isGreaterThan(3);
        run = folder.resolve("alone");
        assertThat(Ended.of(STORAGE, run.toString(), train(Progress.SILENT))).isEqualTo(disturbed);
    }
}
