package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A batch that no memory holds. */
final class MemoryLimitTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @EnumSource(names = {"ND4J", "ONEDNN"})
    void whatCannotFitIsRefusedWithItsNumbersBeforeItIsAllocated(Backends.Kind backend) {
        Dataset dataset = TinyDataset.write(folder.resolve("dataset"), List.of("text"), List.of("text"), 4, 100);
        TinyRun run = TinyRun.with(1, 1);
        // A hundred terabytes.
        run.batch = 1 << 30;
        TrainJob.Plan plan = run.plan(dataset, folder.resolve("run"), new ComputeConfig(backend, Precision.FLOAT, 1));
        try (JavaSparkContext spark = LocalSpark.start("local[1]")) {
            assertThatThrownBy(() -> TrainJob.run(spark, Storage.withDefaults(), plan, Progress.SILENT))
                    .isInstanceOf(Failure.class)
                    .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(1))
                    .hasMessageMatching("a task needs at least [\\d,]{9,}\\.\\d MB outside the Java heap \\([\\d,]+"
                            + " parameters with gradients and moments, and activations of 1,073,741,824 sequences of 4"
                            + " tokens\\), but the process may take [\\d,.]+ MB in all"
                            + " \\(.*(maxphysicalbytes|machine).*\\); lower train.batch, raise train.accumulate or train.recompute, or make the model"
                            + " smaller");
        }
    }
}
