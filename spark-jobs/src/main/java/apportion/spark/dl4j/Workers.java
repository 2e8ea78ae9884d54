package apportion.spark.dl4j;

import apportion.spark.average.WeightedMean;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.nd4j.linalg.dataset.DataSet;

/**
 * The workers of a network as an RDD, one step of its lineage a round.
 *
 * <p>If an executor is lost, Spark computes its workers again from the last time that they were settled.
 */
final class Workers {

    /** Rounds after which the workers are settled: Spark sends their whole lineage with every task. */
    private static final int LONGEST_LINEAGE = 20;

    private final JavaSparkContext context;
    private final List<Broadcast<?>> since = new ArrayList<>();
    private final List<JavaRDD<Worker>> kept = new ArrayList<>();
    /** The workers when they were last settled; on Spark's disks where memory is short. */
    private List<Broadcast<Worker>> settled;

    private JavaRDD<Worker> states;

    /**
     * What a worker sends to the driver after a round.
     *
     * @param memory of its updater where that is averaged, and otherwise none
     */
    record Report(long examples, double score, Numbers parameters, Numbers memory) implements Serializable {}

    /** Workers that have not moved yet and start with what an updater remembers. */
    Workers(JavaSparkContext context, int count, int iterations, Numbers memory) {
        this.context = context;
        this.settled = IntStream.range(0, count)
                .mapToObj(number -> context.broadcast(Worker.fresh(number, iterations, memory)))
                .toList();
        this.states = stored();
    }

    private JavaRDD<Worker> stored() {
        List<Broadcast<Worker>> from = settled;
        return context.parallelize(IntStream.range(0, from.size()).boxed().toList(), from.size())
                .map(number -> from.get(number).value());
    }

    /** Fits the next mini-batches of each stretch; reports come in the order of the workers. */
    List<Report> round(JavaRDD<DataSet> stretches, Worker.Shared shared, int done, Averaging averaging) {
        if (kept.size() == LONGEST_LINEAGE) {
            settle();
        }
        Broadcast<Worker.Shared> sent = context.broadcast(shared);
        since.add(sent);
        int steps = averaging.localSteps();
        states = stretches
                .zipPartitions(
                        states,
                        (stretch, before) -> List.of(before.next().round(sent.value(), stretch, done, steps))
                                .iterator())
                .persist(StorageLevel.MEMORY_AND_DISK());
        kept.add(states);
        if (kept.size() > 2) {
            kept.get(kept.size() - 3).unpersist(false);
        }
        boolean memory = averaging.memory() == Averaging.Memory.AVERAGED;
        return states.map(worker -> new Report(
                        worker.examples(),
                        worker.score(),
                        worker.parameters(),
                        memory ? worker.memory() : Numbers.NONE))
                .collect();
    }

    /** Fetches the workers, one after the other, so that what led to them can be freed. */
    void settle() {
        List<Broadcast<Worker>> now = new ArrayList<>();
        for (Iterator<Worker> all = states.toLocalIterator(); all.hasNext(); ) {
            now.add(context.broadcast(all.next().settled()));
        }
        kept.forEach(state -> state.unpersist(false));
        kept.clear();
        since.forEach(Broadcast::destroy);
        since.clear();
        settled.forEach(Broadcast::destroy);
        settled = Collections.unmodifiableList(now);
        states = stored();
    }

    /**
     * The mean of what settled workers remember.
     *
     * @param examples what each of them has seen
     */
    WeightedMean memory(int length, long[] examples) {
        WeightedMean mean = new WeightedMean(length, examples);
        for (int number = 0; number < examples.length; number++) {
            settled.get(number).value().memory().addTo(mean, examples[number]);
        }
        return mean;
    }
}
