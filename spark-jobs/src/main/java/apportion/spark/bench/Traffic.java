package apportion.spark.bench;

import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.storage.BlockUpdatedInfo;

/** Adds up what a driver publishes and what its tasks send back, in bytes as Spark packs them. */
final class Traffic extends SparkListener {

    private long published;
    private long results;

    @Override
    public synchronized void onBlockUpdated(SparkListenerBlockUpdated update) {
        BlockUpdatedInfo block = update.blockUpdatedInfo();
        // The pieces are what executors fetch; the block beside them is the driver's own copy.
        if (block.blockManagerId().isDriver()
                && block.blockId().isBroadcast()
                && block.blockId().name().contains("piece")
                && block.storageLevel().isValid()) {
            published += block.memSize() + block.diskSize();
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.taskMetrics() != null) {
            results += end.taskMetrics().resultSize();
        }
    }

    /** What every executor fetches. */
    synchronized long published() {
        return published;
    }

    /** What all tasks together have sent to the driver. */
    synchronized long results() {
        return results;
    }
}
