package apportion.spark.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.compute.Backends.Kind;
import apportion.model.compute.Precision;
import apportion.spark.failure.UserError;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GpuSettingsTest {

    private static final GpuSettings CPU = new GpuSettings(false);
    private static final GpuSettings CUDA = new GpuSettings(true);
    private static final Optional<TaskGpu> GIVEN = Optional.of(new TaskGpu("3", 1));

    private static SparkConf cluster() {
        return new SparkConf(false).setMaster("spark://host:7077");
    }

    private static SparkConf gpus(String amount) {
        return cluster().set("spark.task.resource.gpu.amount", amount);
    }

    private static void refused(ThrowingCallable call, String... words) {
        assertThatThrownBy(call).isInstanceOf(UserError.class).hasMessageContainingAll(words);
    }

    @ParameterizedTest
    @EnumSource
    void withoutGpusABuildForTheCpuIsAsEver(Kind kind) {
        assertThat(CPU.backend(kind, Precision.FLOAT, cluster())).isEqualTo(kind);
        assertThat(CPU.backend(kind, Precision.FLOAT, gpus("0"))).isEqualTo(kind);
        assertThat(CPU.device(kind, Optional.empty(), true)).isEmpty();
    }

    @Test
    void autoComputesOnTheGpusThatSparkGives() {
        assertThat(CUDA.backend(Kind.AUTO, Precision.FLOAT, gpus("1"))).isEqualTo(Kind.ND4J);
        assertThat(CUDA.backend(Kind.AUTO, Precision.FLOAT, gpus("0.5"))).isEqualTo(Kind.ND4J);
        assertThat(CUDA.device(Kind.ND4J, GIVEN, true)).isEqualTo(OptionalInt.of(1));
        // The job jar is the same for those who have none.
        assertThat(CUDA.backend(Kind.AUTO, Precision.FLOAT, cluster())).isEqualTo(Kind.AUTO);
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "ND4J"})
    void aBuildForTheCpuLeavesNoGpuIdle(Kind kind) {
        refused(
                () -> CPU.backend(kind, Precision.FLOAT, gpus("1")),
                "spark.task.resource.gpu.amount is set, but this build computes on the CPU; build with mvn -Pcuda"
                        + " package, or leave spark.task.resource.gpu.amount out");
        refused(
                () -> CPU.device(Kind.ND4J, GIVEN, true),
                "Spark gave a task GPU 3, but backend nd4j computes on the CPU in this build; build with mvn -Pcuda");
    }

    @Test
    void whoAsksForOneDnnMayLeaveThemIdle() {
        assertThat(CPU.backend(Kind.ONEDNN, Precision.FLOAT, gpus("1"))).isEqualTo(Kind.ONEDNN);
        assertThat(CUDA.backend(Kind.ONEDNN, Precision.FLOAT, gpus("1"))).isEqualTo(Kind.ONEDNN);
        assertThat(CUDA.device(Kind.ONEDNN, GIVEN, true)).isEmpty();
    }

    @Test
    void aBuildForCudaTakesNoGpuOfAClusterUnasked() {
        refused(
                () -> CUDA.backend(Kind.ND4J, Precision.FLOAT, cluster()),
                "compute.backend = nd4j computes on GPUs in this build, but Spark gives tasks none; add"
                        + " conf/cluster/gpu.conf");
        refused(() -> CUDA.device(Kind.ND4J, Optional.empty(), true), "but Spark gave its task none");
        // On a machine of one's own, the first.
        assertThat(CUDA.backend(Kind.ND4J, Precision.FLOAT, new SparkConf(false)))
                .isEqualTo(Kind.ND4J);
        assertThat(CUDA.device(Kind.ND4J, Optional.empty(), false)).isEqualTo(OptionalInt.of(0));
    }

    @Test
    void noGpuComputesInBfloat16() {
        refused(
                () -> CUDA.backend(Kind.AUTO, Precision.BFLOAT16, gpus("1")),
                "train.precision = bfloat16 computes on the CPU alone; use float or double, or leave");
    }

    @ParameterizedTest
    @ValueSource(strings = {"local", "local[2]", "local[*]"})
    void tasksOfALocalMasterCannotBeGivenOne(String master) {
        refused(() -> CUDA.backend(Kind.AUTO, Precision.FLOAT, gpus("1").setMaster(master)), "would wait for ever");
        assertThat(CUDA.backend(Kind.AUTO, Precision.FLOAT, gpus("1").setMaster("local-cluster[1,1,1024]")))
                .isEqualTo(Kind.ND4J);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2", "-1", "one", "NaN"})
    void aTaskComputesOnOneGpuOrAShareOfIt(String amount) {
        refused(
                () -> CUDA.backend(Kind.AUTO, Precision.FLOAT, gpus(amount)),
                "spark.task.resource.gpu.amount = " + amount + ", but it must be 1, or a share of one");
    }
}
