package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.checkpoint.Checkpoint;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that begins with another run's model. */
final class StartingModelTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[2]");
    private static final Storage STORAGE = Storage.withDefaults();

    @TempDir
    private static Path shared;

    private static Dataset dataset;
    private static TrainResult source;

    @TempDir
    private Path folder;

    @BeforeAll
    static void trainSource() {
        List<String> texts =
                IntStream.range(0, 60).mapToObj(i -> "some text " + i * i).toList();
        dataset = TinyDataset.write(shared.resolve("dataset"), texts, texts.subList(0, 6), 16, 20);
        source = train(TinyRun.with(1, 4), shared.resolve("source"), Progress.SILENT);
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static TrainResult train(TinyRun run, Path output, Progress progress) {
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, output), progress);
    }

    private static TinyRun beginning(TrainResult with) {
        TinyRun run = TinyRun.with(2, 2);
        run.from = Optional.of(new StartingModel(
                with.checkpoint(), STORAGE.sha256(Storage.child(with.checkpoint(), "manifest.json"))));
        return run;
    }

    @Test
    void aRunBeginsWithExactlyTheCheckpointsParametersAndNothingElseOfIt() throws IOException {
        TinyRun run = beginning(source);
        // A step too small to move anything.
        run.learningRate = 1e-30;
        run.weightDecay = 0;
        run.seed = 77;

        TrainResult result = train(run, folder.resolve("run"), Progress.SILENT);

        assertThat(result.parameters()).isEqualTo(source.parameters());
        assertThat(result.last().validationLoss()).isEqualTo(source.last().validationLoss());
        assertThat(result.rounds()).extracting(RoundRecord::step).containsExactly(2L, 4L, 6L, 8L);
        assertThat(result.rounds().get(0).cursors()).containsExactly(8L, 8L);
        assertThat(Checkpoint.open(STORAGE.checkpoints(), result.checkpoint())
                        .state()
                        .provenance()
                        .inputs())
                .containsEntry("from", run.from.orElseThrow().sha256())
                .containsKey("dataset");
    }

    @Test
    void theModelNotItsPlaceIsPartOfTheRunsIdentity() {
        TinyRun run = beginning(source);
        String identity = run.plan(dataset, folder).identity();
        StartingModel known = run.from.orElseThrow();

        run.from = Optional.of(new StartingModel("elsewhere", known.sha256()));
        assertThat(run.plan(dataset, folder).identity()).isEqualTo(identity);
        run.from = Optional.of(new StartingModel(known.checkpoint(), "0".repeat(64)));
        assertThat(run.plan(dataset, folder).identity()).isNotEqualTo(identity);
        run.from = Optional.empty();
        assertThat(run.plan(dataset, folder).identity()).isNotEqualTo(identity);
    }

    @Test
    void aStoppedAndResumedRunIsTheUnbrokenOneAndReadsItsBeginningNoMore() {
        TinyRun run = beginning(source);
        String expected = run.from.orElseThrow().sha256();
        Path unbroken = folder.resolve("unbroken");
        Ended whole = Ended.of(STORAGE, unbroken.toString(), train(run, unbroken, Progress.SILENT));
        Path output = folder.resolve("stopped");
        assertThatThrownBy(() -> train(run, output, Stopped.after(3))).isInstanceOf(Stopped.class);

        run.from = Optional.of(new StartingModel("gone", expected));

        assertThat(Ended.of(STORAGE, output.toString(), train(run, output, Progress.SILENT)))
                .isEqualTo(whole);
    }

    @Test
    void theDirectoryOfARunThatBeganOtherwiseIsRefused() {
        Path output = folder.resolve("run");
        TinyRun run = TinyRun.with(2, 2);
        train(run, output, Progress.SILENT);
        run.from = beginning(source).from;

        assertThatThrownBy(() -> train(run, output, Progress.SILENT))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("belongs to another run: the model of train.from is "
                        + run.from.orElseThrow().sha256() + " (there none)");
    }
}
