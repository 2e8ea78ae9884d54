package apportion.spark.compute;

import apportion.spark.failure.UserError;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.jspecify.annotations.Nullable;

/**
 * The GPU that Spark gave a task.
 *
 * @param address what the host's discovery script calls it: its number, as {@code nvidia-smi} counts, or its name in
 *     {@code CUDA_VISIBLE_DEVICES}
 * @param number as CUDA counts in this process
 */
public record TaskGpu(String address, int number) {

    /** What Spark's settings call the resource. */
    static final String RESOURCE = "gpu";

    /** Lists the devices that CUDA shows a process; it counts them in this order, from 0. */
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    /**
     * That of the task of this thread; empty if Spark gave it none, and outside of tasks.
     *
     * @throws UserError if there are several, or CUDA could not find it
     */
    public static Optional<TaskGpu> ofThisTask() {
        TaskContext task = TaskContext.get();
        return task == null ? Optional.empty() : of(task.resourcesJMap(), System.getenv(VISIBLE));
    }

    static Optional<TaskGpu> of(Map<String, ResourceInformation> resources, @Nullable String visible) {
        ResourceInformation given = resources.get(RESOURCE);
        if (given == null) {
            return Optional.empty();
        }
        String[] addresses = given.addresses();
        if (addresses.length != 1) {
            throw new UserError("Spark gave a task " + addresses.length + " GPUs (" + String.join(", ", addresses)
                    + "), but a task computes on one; set spark.task.resource.gpu.amount=1");
        }
        String address = addresses[0].strip();
        return Optional.of(new TaskGpu(address, visible == null ? parsed(address) : position(address, visible)));
    }

    private static int parsed(String address) {
        if (!address.matches("\\d{1,6}")) {
            throw new UserError("Spark's discovery script names a GPU \"" + address + "\", but it must be a number, as"
                    + " nvidia-smi counts them, where CUDA_VISIBLE_DEVICES is not set; use conf/cluster/gpus.sh");
        }
        return Integer.parseInt(address);
    }

    private static int position(String address, String visible) {
        List<String> devices =
                Arrays.stream(visible.split(",")).map(String::strip).toList();
        int position = devices.indexOf(address);
        if (position < 0) {
            throw new UserError("Spark gave a task GPU \"" + address + "\", but its executor has " + VISIBLE + "="
                    + visible + "; the discovery script must name what executors see, as conf/cluster/gpus.sh does");
        }
        return position;
    }
}
