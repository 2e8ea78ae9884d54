package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import apportion.model.checkpoint.Checkpoints;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.progress.Progress;
import apportion.spark.storage.FaultyFiles;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk that becomes full at some byte of a run: in a checkpoint, in the metrics, or before either. */
final class FullDiskTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[1]");
    private static final Storage STORAGE = new Storage(FaultyFiles.configuration());
    private static final int ROUNDS = 4;

    @TempDir
    private Path folder;

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    @AfterEach
    void heal() {
        FaultyFiles.heal();
    }

    private static TrainResult train(Dataset dataset, String output) {
        TinyRun run = TinyRun.with(1, 1);
        run.batch = 1;
        run.steps = ROUNDS;
        run.checkpointEvery = 1;
        run.evaluateEvery = ROUNDS;
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, Path.of("unused")).at(output), Progress.SILENT);
    }

    @Test
    void aRunThatFindsNoRoomKeepsItsLastCheckpointAndGoesOnWhenThereIsSome() throws IOException {
        List<String> texts =
                IntStream.range(0, 12).mapToObj(i -> "text " + i * i).toList();
        Dataset dataset = TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(3, 5), 8, 30);
        String unbroken = "faulty:" + folder.resolve("unbroken");
        Ended expected = Ended.of(STORAGE, unbroken, train(dataset, unbroken));
        long checkpoint = bytes(folder.resolve("unbroken/round-00000" + ROUNDS));

        int failures = 0;
        int kept = 0;
        for (long room = 0; ; room += checkpoint / 3 - 1) {
            String output = "faulty:" + folder.resolve("room-for-" + room);
            FaultyFiles.leaveRoom(room);
            Throwable thrown = catchThrowable(() -> train(dataset, output));
            FaultyFiles.heal();
            if (thrown == null) {
                break;
            }
            failures++;
            assertThat(thrown)
                    .isInstanceOf(Failure.class)
                    .hasMessageStartingWith("no space left to write ")
                    .hasMessageContaining(output)
                    .hasMessageEndingWith("; free some and start again, what was finished is kept")
                    .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(1));
            Checkpoints.Search left = new Checkpoints(STORAGE.checkpoints(), output).newest();
            assertThat(left.skipped()).isEmpty();
            kept += left.newest().isPresent() ? 1 : 0;
            assertThat(names(output)).noneMatch(name -> name.endsWith(".tmp") || name.startsWith(".writing"));

            assertThat(Ended.of(STORAGE, output, train(dataset, output)))
                    .as("with room for %s bytes, then for all", room)
                    .isEqualTo(expected);
        }
        // One checkpoint more than is kept must fit.
        assertThat(failures).isBetween(7, 12);
        assertThat(kept).isGreaterThan(3);
    }

    private static List<String> names(String output) throws IOException {
        Path directory = Path.of(output.substring("faulty:".length()));
        if (!Files.exists(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        }
    }

    private static long bytes(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.mapToLong(file -> {
                        try {
                            return Files.size(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    })
                    .sum();
        }
    }
}
