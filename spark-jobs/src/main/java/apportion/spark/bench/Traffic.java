package apportion.spark.bench;

import apportion.spark.dl4j.AveragingTrainingMaster;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerBlockUpdated;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.storage.BlockUpdatedInfo;
import scala.collection.JavaConverters;

/**
 * Adds up what a driver publishes and what its tasks send back, in bytes as Spark packs them, and what they tell each
 * other while they run, in bytes of the numbers.
 */
final class Traffic extends SparkListener {

    private final int workers;
    private long published;
    private long results;
    private long up;
    private long down;

    Traffic(int workers) {
        this.workers = workers;
    }

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
        JavaConverters.seqAsJavaList(end.taskInfo().accumulables()).forEach(this::add);
    }

    private void add(AccumulableInfo sum) {
        if (sum.name().contains(AveragingTrainingMaster.BYTES_UP)) {
            up += (Long) sum.update().get();
        } else if (sum.name().contains(AveragingTrainingMaster.BYTES_DOWN)) {
            down += (Long) sum.update().get();
        }
    }

    /** What every worker's executor is sent. */
    synchronized long down() {
        return published + down / workers;
    }

    /** What all tasks together have sent to the driver. */
    synchronized long up() {
        return results + up;
    }
}
