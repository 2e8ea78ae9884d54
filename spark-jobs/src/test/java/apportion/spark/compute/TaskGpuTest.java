package apportion.spark.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.UserError;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskGpuTest {

    private static Map<String, ResourceInformation> given(String... addresses) {
        return Map.of("gpu", new ResourceInformation("gpu", addresses));
    }

    @Test
    void aTaskWithoutOneHasNone() {
        assertThat(TaskGpu.of(Map.of(), null)).isEmpty();
        assertThat(TaskGpu.of(Map.of("fpga", new ResourceInformation("fpga", new String[] {"0"})), null))
                .isEmpty();
        // Outside of tasks.
        assertThat(TaskGpu.ofThisTask()).isEmpty();
    }

    @Test
    void anAddressIsTheDevicesNumber() {
        assertThat(TaskGpu.of(given("3"), null)).contains(new TaskGpu("3", 3));
    }

    @Test
    void cudaCountsWhatAProcessMaySee() {
        assertThat(TaskGpu.of(given("3"), "2,3")).contains(new TaskGpu("3", 1));
        assertThat(TaskGpu.of(given("GPU-8f2d"), "GPU-1c77, GPU-8f2d")).contains(new TaskGpu("GPU-8f2d", 1));
        assertThatThrownBy(() -> TaskGpu.of(given("0"), "2,3"))
                .isInstanceOf(UserError.class)
                .hasMessage("Spark gave a task GPU \"0\", but its executor has CUDA_VISIBLE_DEVICES=2,3; the discovery"
                        + " script must name what executors see, as conf/cluster/gpus.sh does");
    }

    @Test
    void aTaskComputesOnOne() {
        assertThatThrownBy(() -> TaskGpu.of(given("0", "1"), null))
                .isInstanceOf(UserError.class)
                .hasMessage("Spark gave a task 2 GPUs (0, 1), but a task computes on one; set"
                        + " spark.task.resource.gpu.amount=1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GPU-8f2d", "-1", "", "0x1", "99999999999"})
    void whatIsNoNumberIsNamed(String address) {
        assertThatThrownBy(() -> TaskGpu.of(given(address), null))
                .isInstanceOf(UserError.class)
                .hasMessage("Spark's discovery script names a GPU \"" + address + "\", but it must be a number, as"
                        + " nvidia-smi counts them, where CUDA_VISIBLE_DEVICES is not set; use conf/cluster/gpus.sh");
    }
}
