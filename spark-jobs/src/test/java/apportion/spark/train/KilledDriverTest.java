package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.checkpoint.Checkpoints;
import apportion.spark.dataset.Dataset;
import apportion.spark.progress.Progress;
import apportion.spark.storage.FaultyFiles;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A driver that is killed between any two changes of its files, or within one. */
final class KilledDriverTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[1]");
    private static final Storage STORAGE = new Storage(FaultyFiles.configuration());

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

    private Dataset dataset() {
        List<String> texts =
                IntStream.range(0, 12).mapToObj(i -> "text " + i * i).toList();
        return TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(3, 5), 8, 30);
    }

    private TrainResult train(Dataset dataset, String output) {
        TinyRun run = TinyRun.with(1, 1);
        run.batch = 1;
        run.steps = 2;
        run.checkpointEvery = 1;
        run.evaluateEvery = 2;
        run.keep = 1;
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, folder).at(output), Progress.SILENT);
    }

    /** At every second change; on the local disk, which differs little, at every seventh. */
    @ParameterizedTest
    @CsvSource({"faulty:,2", "file:,7"})
    void whereverItDiesTheNextOneGoesOnToTheSameBits(String scheme, int step) throws IOException {
        Dataset dataset = dataset();
        String unbroken = scheme + folder.resolve("unbroken");
        FaultyFiles.heal();
        Ended expected = Ended.of(STORAGE, unbroken, train(dataset, unbroken));
        long changes = FaultyFiles.changes();
        assertThat(changes).isGreaterThan(100);

        for (long last = 0; last < changes; last += step) {
            String output = scheme + folder.resolve("killed-at-" + last);
            FaultyFiles.dieAt(last);
            assertThatThrownBy(() -> train(dataset, output)).isInstanceOf(FaultyFiles.Killed.class);
            FaultyFiles.heal();

            assertThat(new Checkpoints(STORAGE.checkpoints(), output).newest().skipped())
                    .as("torn checkpoints after death at change %s", last)
                    .isEmpty();
            assertThat(Ended.of(STORAGE, output, train(dataset, output)))
                    .as("after death at change %s", last)
                    .isEqualTo(expected);
        }
    }
}
