package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.dataset.DataSet;

/** The workers of a network, and what each of them remembers from one round to the next. */
sealed interface Workers permits TravellingWorkers, ResidentWorkers {

    /**
     * Numbers that the workers' vectors may have together, parameters and memories, for both to travel in every round:
     * that takes one small job, where keeping them on the executors takes a lineage that is sent with each task.
     */
    long SMALL = 1 << 20;

    /**
     * What came of a worker's round.
     *
     * @param memory of its updater where that is averaged, and otherwise none
     */
    record Report(long examples, double score, Numbers parameters, Numbers memory) implements Serializable {

        static Report of(Worker worker, Averaging averaging) {
            return new Report(
                    worker.examples(),
                    worker.score(),
                    worker.parameters(),
                    averaging.memory() == Averaging.Memory.AVERAGED ? worker.memory() : Numbers.NONE);
        }
    }

    /**
     * Workers that have not moved yet and start with what an updater remembers.
     *
     * @param parameters how many the network has
     * @param small see {@link #SMALL}
     */
    static Workers of(
            JavaSparkContext context, int count, long parameters, int iterations, Numbers memory, long small) {
        List<Worker> fresh = IntStream.range(0, count)
                .mapToObj(number -> Worker.fresh(number, iterations, memory))
                .toList();
        return count * (parameters + memory.length()) <= small
                ? new TravellingWorkers(context, fresh)
                : new ResidentWorkers(context, fresh);
    }

    /**
     * Fits the next mini-batches of each stretch; reports come in the order of the workers.
     *
     * @param skip mini-batches of each stretch that earlier rounds have fitted
     */
    List<Report> round(
            JavaRDD<DataSet> stretches,
            Broadcast<Setting> setting,
            Worker.Shared shared,
            int skip,
            Averaging averaging);

    /** Ends a fit: frees all that only its rounds needed. */
    void settle();

    /** What each settled worker remembers, one after the other. */
    List<Numbers> memories();
}
