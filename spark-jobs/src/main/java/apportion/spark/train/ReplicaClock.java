package apportion.spark.train;

import apportion.spark.compute.TaskGpu;
import apportion.spark.train.ReplicaState.Spent;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;

/** Measures where the time of one replica's round goes; runs since it was made. */
final class ReplicaClock {

    private final long began = System.nanoTime();
    private double publish;
    private double read;

    /** Fetches the parameters. */
    <T> T publishing(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        publish += secondsSince(start);
        return result;
    }

    /** Reads sequences. */
    <T> T reading(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        read += secondsSince(start);
        return result;
    }

    /** All until now. */
    Spent spent() {
        String gpu = TaskGpu.ofThisTask().map(TaskGpu::address).orElse("");
        return new Spent(SparkEnv.get().executorId(), gpu, publish, read, secondsSince(began) - publish - read);
    }

    static double secondsSince(long start) {
        return (System.nanoTime() - start) * 1e-9;
    }
}
