package apportion.spark.train;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** A cluster that is slow in places, and whose tasks fail after they have done all their work. */
public final class Disturbance implements SparkPlugin {

    static final AtomicLong FAILED = new AtomicLong();
    private static final Set<String> SEEN = ConcurrentHashMap.newKeySet();

    @Override
    public @Nullable DriverPlugin driverPlugin() {
        return null;
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new Slow();
    }

    private static final class Slow implements ExecutorPlugin {

        @Override
        public void init(PluginContext context, Map<String, String> extra) {
            SEEN.clear();
            FAILED.set(0);
        }

        @Override
        public void onTaskStart() {
            TaskContext task = TaskContext.get();
            try {
                // The first replica ends last in every other stage.
                Thread.sleep(task.partitionId() == task.stageId() % 2 ? 60 : 0);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            if (task.partitionId() == 1 && SEEN.add("stage " + task.stageId())) {
                TaskCompletionListener failing = done -> {
                    FAILED.incrementAndGet();
                    throw new IllegalStateException("this executor is unreliable");
                };
                task.addTaskCompletionListener(failing);
            }
        }
    }
}
