package apportion.spark.compute;

import apportion.model.compute.Backend;
import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.failure.UserError;
import java.io.Serializable;
import java.util.OptionalInt;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;

/**
 * How a run or a model computes.
 *
 * @param backend which implementation of the Transformer's operations
 * @param precision of parameters and arithmetic
 * @param threads of one task
 */
public record ComputeConfig(Backends.Kind backend, Precision precision, int threads) implements Serializable {

    /** What Spark calls the process of the driver, which runs the tasks of a local master. */
    private static final String DRIVER = "driver";

    public ComputeConfig {
        checkThreads(threads);
        Backends.check(backend, precision);
    }

    static void checkThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, got " + threads);
        }
    }

    /**
     * The same with {@code auto} decided: on the driver, for all tasks of a run, as results depend on the backend.
     *
     * @throws UserError if no backend has the precision here
     */
    public ComputeConfig resolved() {
        try {
            return new ComputeConfig(Backends.resolve(backend, precision), precision, threads);
        } catch (IllegalArgumentException e) {
            throw new UserError("compute: " + e.getMessage(), e);
        }
    }

    /**
     * The same with {@code auto} decided for a cluster, which may have GPUs.
     *
     * @throws UserError if the backend and what Spark gives to tasks do not go together
     */
    public ComputeConfig resolved(SparkConf cluster) {
        Backends.Kind kind = GpuSettings.ofThisBuild().backend(backend, precision, cluster);
        return new ComputeConfig(kind, precision, threads).resolved();
    }

    /** The same for using a model where it was not trained: with a backend that loads there. */
    public ComputeConfig elsewhere() {
        return backend == Backends.Kind.ONEDNN
                ? new ComputeConfig(Backends.Kind.AUTO, precision, threads).resolved()
                : resolved();
    }

    /**
     * The GPU that the task of this thread computes on, as CUDA counts them; empty on the CPU.
     *
     * @throws UserError if there is none where one is needed, or one where none is
     */
    public OptionalInt gpu() {
        boolean inCluster =
                TaskContext.get() != null && !SparkEnv.get().executorId().equals(DRIVER);
        return GpuSettings.ofThisBuild().device(Backends.resolve(backend, precision), TaskGpu.ofThisTask(), inCluster);
    }

    /**
     * A backend for the thread that asks, on the GPU that Spark gave its task.
     *
     * @throws UserError if it cannot compute there
     */
    public Backend open() {
        OptionalInt gpu = gpu();
        gpu.ifPresent(number -> Backends.obstacle(Backends.Kind.ND4J, number).ifPresent(obstacle -> {
            throw new UserError("compute: " + obstacle);
        }));
        return Backends.open(backend, precision, threads, gpu);
    }
}
