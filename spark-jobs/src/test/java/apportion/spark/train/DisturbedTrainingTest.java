package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.dataset.Dataset;
import apportion.spark.evaluate.Evaluator;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The result of a run does not depend on the cluster that it ran on. */
final class DisturbedTrainingTest {

    @TempDir
    private Path folder;

    private OptimizerState optimizerState = OptimizerState.KEPT;

    private static final String KRYO = "spark.serializer=org.apache.spark.serializer.KryoSerializer";

    @ParameterizedTest
    @EnumSource(names = {"KEPT", "AVERAGED"})
    void neitherCoresNorDelaysNorFailuresChangeABit(OptimizerState state) {
        optimizerState = state;
        List<String> results = new ArrayList<>();
        results.add(train("local[1]"));
        results.add(train("local[3]"));
        results.add(train("local[2,4]", "spark.plugins=" + Disturbance.class.getName()));
        assertThat(Disturbance.FAILED.get()).isGreaterThan(3);
        // Speculation starts second copies of slow tasks.
        results.add(train(
                "local[4,4]",
                "spark.plugins=" + Disturbance.class.getName(),
                "spark.speculation=true",
                "spark.speculation.interval=10ms",
                "spark.speculation.quantile=0.3",
                "spark.speculation.minTaskRuntime=5ms"));

        assertThat(results).containsOnly(results.get(0));
    }

    @Test
    void aReplicaThatHangsIsStartedAgain() {
        String calm = train("local[2]");
        Hanging.TIMES.set(1);
        assertThat(train("local[2,4]", "spark.plugins=" + Hanging.class.getName()))
                .isEqualTo(calm);
        assertThat(Hanging.TIMES).hasNegativeValue();
    }

    @Test
    void aReplicaThatHangsAgainEndsTheRunByItsName() {
        Hanging.TIMES.set(2);
        assertThatThrownBy(() -> train("local[2,4]", "spark.plugins=" + Hanging.class.getName()))
                .isInstanceOf(Failure.class)
                .hasMessageMatching(
                        "tiny: round \\d of 12: replica 1 \\(executor driver on .*\\) did not answer within"
                                + " \\d+ s, and again when started anew; the last checkpoint is intact: run again to go on, .*");
    }

    private String train(String master, String... settings) {
        Dataset dataset = dataset();
        TinyRun run = TinyRun.with(3, 2);
        run.steps = 24;
        run.optimizerState = optimizerState;
        run.patience = Optional.of(new Patience(8, 2));
        try (JavaSparkContext spark = LocalSpark.start(master, settings)) {
            TrainResult result = TrainJob.run(
                    spark,
                    Storage.withDefaults(),
                    run.plan(dataset, folder.resolve(master + settings.length)),
                    Progress.SILENT);
            return Arrays.hashCode(result.parameters()) + " " + result.last().loss() + " "
                    + result.last().validationLoss();
        }
    }

    private Dataset dataset() {
        List<String> texts = IntStream.range(0, 40)
                .mapToObj(i -> ("number " + i * i + " ").repeat(2))
                .toList();
        return TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(3, 9), 16, 7);
    }

    @Test
    void kryoIsRefusedBeforeAnythingRuns() {
        Dataset dataset = dataset();
        TinyRun run = TinyRun.with(2, 2);
        try (JavaSparkContext spark = LocalSpark.start("local[1]", KRYO)) {
            assertThatThrownBy(() -> TrainJob.run(
                            spark, Storage.withDefaults(), run.plan(dataset, folder.resolve("run")), Progress.SILENT))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("spark.serializer")
                    .hasMessageContaining("JavaSerializer");
            assertThatThrownBy(() -> new Evaluator(spark, run.model(), TinyRun.COMPUTE, 4))
                    .isInstanceOf(UserError.class)
                    .hasMessageContaining("spark.serializer");
        }
        assertThat(folder.resolve("run")).doesNotExist();
    }
}
