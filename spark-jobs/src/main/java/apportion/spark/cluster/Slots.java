package apportion.spark.cluster;

import java.time.Duration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/**
 * How many tasks the cluster runs at once. It changes: executors register seconds after the driver has started, are
 * lost, and come and go where allocation is dynamic, so callers ask again rather than keep the number.
 */
public final class Slots {

    private static final Logger LOG = LoggerFactory.getLogger(Slots.class);

    private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);

    /** Executors register within so long after one another. */
    private static final Duration QUIET = Duration.ofSeconds(2);

    private static final String DYNAMIC = "spark.dynamicAllocation.enabled";
    private static final long NANOS = 1_000_000_000L;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    private final JavaSparkContext context;

    public Slots(JavaSparkContext context) {
        this.context = context;
    }

    /** Tasks that run at once now, or would if one more executor were asked for; at least 1. */
    public int now() {
        SparkConf conf = context.getConf();
        // Where executors are only started for tasks that wait, one must wait for the cluster to grow.
        int waiting = conf.getBoolean(DYNAMIC, false) ? 1 : 0;
        return Math.max(1, registered() + waiting);
    }

    /**
     * Gives the executors of a cluster time to register, so that the first jobs are cut for all of them.
     *
     * <p>Where executors start on demand, or none can be had yet, nobody waits longer than Spark's own scheduler does.
     */
    public void await() {
        if (context.sc().isLocal() || context.getConf().getBoolean(DYNAMIC, false)) {
            return;
        }
        long began = System.nanoTime();
        long changed = began;
        int known = registered();
        try {
            while (!isComplete(known, since(changed))
                    && since(began) < LONGEST_WAIT.toNanos()
                    && !context.sc().isStopped()) {
                Thread.sleep(BETWEEN_LOOKS.toMillis());
                int found = registered();
                changed = found == known ? changed : System.nanoTime();
                known = found;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        LOG.info("slots={} waited={}s", known, since(began) / NANOS);
    }

    private static long since(long began) {
        return System.nanoTime() - began;
    }

    private boolean isComplete(int slots, long unchanged) {
        int wanted = context.getConf().getInt("spark.executor.instances", 0);
        boolean all = wanted == 0 || executors() >= wanted;
        return slots > 0 && all && unchanged > QUIET.toNanos();
    }

    private int executors() {
        // The driver's block manager is among them.
        return context.sc().getExecutorMemoryStatus().size() - 1;
    }

    private int registered() {
        int slots = 0;
        // Spark's public interfaces count executors, but not their cores.
        for (ExecutorSummary executor :
                JavaConverters.seqAsJavaList(context.sc().statusStore().executorList(true))) {
            slots += withGpus(executor);
        }
        return slots;
    }

    /** A task that needs a GPU waits for one, however many cores are free. */
    private int withGpus(ExecutorSummary executor) {
        String key = "spark.task.resource.gpu.amount";
        if (!context.getConf().contains(key) || executor.resources().get("gpu").isEmpty()) {
            return executor.maxTasks();
        }
        int gpus = executor.resources().apply("gpu").addresses().length;
        return (int) Math.min(executor.maxTasks(), gpus / context.getConf().getDouble(key, 1));
    }
}
