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
     * Numbers that the workers' vectors may have together, parameters and memories, for them to live on the driver and
     * tell each other all that they have come to. Larger ones stay on the executors, as a lineage that is sent with
     * each task.
     */
    long SMALL = 1 << 20;

    /**
     * Rounds that follow each other.
     *
     * @param skip mini-batches of each stretch that earlier rounds have fitted
     * @param count how many
     */
    record Rounds(Averaging averaging, Broadcast<Setting> setting, int skip, int count) implements Serializable {

        /** One of them. */
        Rounds only(int round) {
            return new Rounds(averaging, setting, skip + round * averaging.localSteps(), 1);
        }
    }

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
     * Fits the next mini-batches of each stretch, and averages after every round.
     *
     * @return the average after the last round
     */
    default Average rounds(JavaRDD<DataSet> stretches, Rounds rounds, Worker.Shared shared) {
        Average average = round(stretches, rounds.only(0), shared);
        for (int round = 1; round < rounds.count(); round++) {
            average = round(stretches, rounds.only(round), average.shared(shared.epoch()));
        }
        return average;
    }

    /** One round as a job of its own. */
    Average round(JavaRDD<DataSet> stretches, Rounds rounds, Worker.Shared shared);

    /** Ends a fit: frees all that only its rounds needed. */
    void settle();

    /** What each settled worker remembers, one after the other. */
    List<Numbers> memories();
}
