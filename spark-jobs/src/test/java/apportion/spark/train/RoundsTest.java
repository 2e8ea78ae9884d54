package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import apportion.model.transformer.ParameterLayout;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RoundsTest {

    private static final Rounds.Transfer SLICES = new Rounds.Transfer(0, 1000);
    private static final Rounds.Transfer WHOLE = new Rounds.Transfer(1_000_000_000, 1_000_000_000);

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource
    void slicesAndWholeVectorsGiveTheSameBits(Encoding encoding) {
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
            List<List<float[]>> states = List.of(new ArrayList<>(), new ArrayList<>());
            for (int way = 0; way < 2; way++) {
                try (Rounds rounds = new Rounds(
                        spark,
                        Storage.withDefaults(),
                        run.spec(dataset),
                        start.length,
                        Optional.empty(),
                        Optional.empty(),
                        way == 0 ? SLICES : WHOLE)) {
                    float[] between = rounds.run(start, new RoundSchedule.Round(1, 0, 2, 2), "round 1")
                            .mean()
                            .vector();
                    results[way] = rounds.run(between, new RoundSchedule.Round(2, 2, 2, 2), "round 2");
                    List<float[]> vectors = states.get(way);
                    rounds.states().forEachRemaining(state -> {
                        vectors.add(state.firstMoment().floats());
                        vectors.add(state.secondMoment().floats());
                        state.residual().ifPresent(residual -> vectors.add(residual.floats()));
                    });
                }
            }
            assertThat(states.get(0)).hasSize(encoding == Encoding.FLOAT ? 6 : 9);
            assertThat(Arrays.deepEquals(states.get(0).toArray(), states.get(1).toArray()))
                    .isTrue();
            assertThat(results[0].mean().vector()).isEqualTo(results[1].mean().vector());
            assertThat(results[0].mean().spread())
                    .isCloseTo(
                            results[1].mean().spread(),
                            within(1e-9 * results[1].mean().spread()));
        }
    }

    @Test
    void anExecutorFreesTheModelsOfRunsThatTheNextTaskDoesNotName() {
        Dataset dataset = TinyDataset.write(
                folder.resolve("dataset"), List.of("many words ".repeat(90)), List.of("few words"), 16, 20);
        RunSpec first = TinyRun.with(1, 2).spec(dataset);
        RunSpec second = new RunSpec(
                "second",
                first.model(),
                first.compute(),
                first.dataset(),
                first.shape(),
                first.allotment(),
                first.optimizer(),
                first.schedule(),
                first.steps(),
                first.clip(),
                first.seed());
        Replicas.forget(first.identity());
        Replicas.begin(first.identity());
        Replicas.begin("second");
        try (JavaSparkContext spark = LocalSpark.start("local[2]")) {
            assertThat(spark.isLocal()).isTrue();
            round(first);
            round(second);
            assertThat(Replicas.waiting()).contains(first.identity(), "second");

            // What another process hears of the end of the first.
            Set<String> live = new TreeSet<>(Replicas.live());
            live.remove(first.identity());
            round(second, live);
        }

        assertThat(Replicas.waiting()).contains("second").doesNotContain(first.identity());
        Replicas.forget(first.identity());
        Replicas.forget("second");
        assertThat(Replicas.live()).doesNotContain(first.identity(), "second");
        assertThat(Replicas.waiting()).doesNotContain("second");
    }

    private static void round(RunSpec run) {
        round(run, Replicas.live());
    }

    private static void round(RunSpec run, Set<String> live) {
        ParameterLayout layout = ParameterLayout.of(run.model());
        float[] parameters = layout.initialize(1);
        ReplicaState fresh = ReplicaState.fresh(0, parameters.length, Encoding.FLOAT);
        Replicas.round(run, live, parameters, fresh, 1, new ReplicaClock());
    }

    @Test
    void parametersOfTheOnlyReplicaComeInSlicesWhereTheyAreManyNumbers() {
        assertThat(WHOLE.isSmall(1, 1_000_000_000)).isTrue();
        assertThat(SLICES.isSmall(1, 1001)).isFalse();
        assertThat(SLICES.isSmall(1, 1000)).isTrue();
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
