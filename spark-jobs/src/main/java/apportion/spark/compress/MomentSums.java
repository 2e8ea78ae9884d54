package apportion.spark.compress;

import apportion.model.compress.LayerMoments;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * Adds up the moments of many tasks, a layer at a time, on the executors: those of all tasks together need not fit into
 * any memory. A layer's are added in the order of the tasks, whichever ends first.
 */
final class MomentSums {

    private MomentSums() {}

    /**
     * The sums of each layer.
     *
     * @param tasks a partition each
     */
    static List<LayerMoments> of(JavaRDD<List<LayerMoments>> tasks, int layers) {
        ByLayer byLayer = new ByLayer(layers, tasks.getNumPartitions());
        return tasks.mapPartitionsWithIndex(
                        (task, all) -> {
                            List<LayerMoments> moments = all.next();
                            return IntStream.range(0, layers)
                                    .mapToObj(layer -> new Tuple2<>(byLayer.key(layer, task), moments.get(layer)))
                                    .iterator();
                        },
                        true)
                .mapToPair(pair -> pair)
                .repartitionAndSortWithinPartitions(byLayer)
                .values()
                .mapPartitions(MomentSums::sum)
                .collect();
    }

    private static Iterator<LayerMoments> sum(Iterator<LayerMoments> moments) {
        LayerMoments sum = moments.next();
        moments.forEachRemaining(sum::add);
        return List.of(sum).iterator();
    }

    /** Sends what belongs to a layer to one partition, where its key is the task's number. */
    private static final class ByLayer extends Partitioner {

        private static final long serialVersionUID = 1;

        private final int layers;
        private final int tasks;

        ByLayer(int layers, int tasks) {
            this.layers = layers;
            this.tasks = tasks;
        }

        Long key(int layer, int task) {
            return (long) layer * tasks + task;
        }

        @Override
        public int numPartitions() {
            return layers;
        }

        @Override
        public int getPartition(Object key) {
            return (int) ((Long) key / tasks);
        }
    }
}
