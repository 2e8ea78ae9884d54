package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RoundsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void slicesOnTheExecutorsAndVectorsOnTheDriverGiveTheSameBits(Encoding encoding) {
        Dataset dataset = TinyDataset.write(
                folder.resolve("dataset"), List.of("many words ".repeat(90)), List.of("few words"), 16, 20);
        TinyRun run = TinyRun.with(3, 2);
        run.compression = encoding;
        ParameterLayout layout = ParameterLayout.of(run.model());
        float[] start = layout.initialize(run.seed);
        // All runs of this test have one identity, by which replicas wait for their next round.
        Replicas.forget(run.spec(dataset).identity());
        try (JavaSparkContext spark = LocalSpark.start("local[2]")) {
            Rounds.Round[] results = new Rounds.Round[2];
            for (int way = 0; way < 2; way++) {
                try (Rounds rounds = new Rounds(
                        spark,
                        Storage.withDefaults(),
                        run.spec(dataset),
                        start.length,
                        Optional.empty(),
                        Optional.empty(),
                        way * 1_000_000_000L)) {
                    float[] between = rounds.run(start, new RoundSchedule.Round(1, 0, 2, 2), "round 1")
                            .mean()
                            .vector();
                    results[way] = rounds.run(between, new RoundSchedule.Round(2, 2, 2, 2), "round 2");
                }
            }
            assertThat(results[0].mean().vector()).isEqualTo(results[1].mean().vector());
            assertThat(results[0].mean().spread())
                    .isCloseTo(
                            results[1].mean().spread(),
                            within(1e-9 * results[1].mean().spread()));
        }
    }

    @Test
    void bytesAreCountedBetweenProcesses() {
        List<ReplicaState.Summary> replicas = List.of(on("driver", 250), on("0", 250), on("1", 250), on("1", 250));

        // Parameters go to two executors, and three replicas send what they have encoded.
        assertThat(Rounds.bytes(replicas, 100, 100, true)).isEqualTo(new RoundRecord.Bytes(2 * 400, 3 * 250));
        assertThat(Rounds.bytes(replicas, 100, 100, false)).isEqualTo(new RoundRecord.Bytes(2 * 400, 3 * 250 + 400));
        assertThat(Rounds.bytes(replicas.subList(0, 1), 100, 100, false)).isEqualTo(new RoundRecord.Bytes(0, 0));
    }

    private static ReplicaState.Summary on(String executor, long bytes) {
        return new ReplicaState.Summary(
                0,
                1,
                1,
                bytes,
                new ReplicaState.Progress(
                        1, 1, 1, 0, ReplicaState.Routing.NONE, new ReplicaState.Spent(executor, "", 0, 0, 0)));
    }
}
