package apportion.spark.train;

import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;
import org.jspecify.annotations.Nullable;

/** A cluster on which the second replica hangs in a late round, until it is killed. */
public final class Hanging implements SparkPlugin {

    /** How many times it will hang. */
    static final AtomicInteger TIMES = new AtomicInteger();

    private static final int LATE = 7;
    private static final int FOR_EVER = 600_000;

    @Override
    public @Nullable DriverPlugin driverPlugin() {
        return null;
    }

    @Override
    public ExecutorPlugin executorPlugin() {
        return new Hang();
    }

    private static final class Hang implements ExecutorPlugin {

        @Override
        public void init(PluginContext context, Map<String, String> extra) {}

        @Override
        public void onTaskStart() {
            TaskContext task = TaskContext.get();
            if (task.stageId() >= LATE && task.partitionId() == 1 && TIMES.getAndDecrement() > 0) {
                try {
                    Thread.sleep(FOR_EVER);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
