package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.storage.StorageLevel;
import org.nd4j.linalg.dataset.DataSet;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction2;

/**
 * Workers that stay on the executors: an RDD, one step of its lineage a round.
 *
 * <p>If an executor is lost, Spark computes its workers again from the last time that they were settled.
 */
final class ResidentWorkers implements Workers {

    private static final ClassTag<Report> REPORT = ClassTag.apply(Report.class);

    /** Rounds after which the workers are settled: Spark sends their whole lineage with every task. */
    private static final int LONGEST_LINEAGE = 20;

    private final JavaSparkContext context;
    private final List<Broadcast<?>> since = new ArrayList<>();
    private final List<RDD<Worker>> kept = new ArrayList<>();
    /** The workers when they were last settled; on Spark's disks where memory is short. */
    private List<Broadcast<Worker>> settled;

    private RDD<Worker> states;

    ResidentWorkers(JavaSparkContext context, List<Worker> workers) {
        this.context = context;
        this.settled = workers.stream().map(context::broadcast).toList();
        this.states = stored();
    }

    private RDD<Worker> stored() {
        List<Broadcast<Worker>> from = settled;
        return context.parallelize(IntStream.range(0, from.size()).boxed().toList(), from.size())
                .map(number -> from.get(number).value())
                .rdd();
    }

    /** Makes a report of a worker; a class, as {@link RoundRdd} is. */
    private static final class Reporting
            extends AbstractFunction2<TaskContext, scala.collection.Iterator<Worker>, Report> implements Serializable {

        private static final long serialVersionUID = 1;

        private final Averaging averaging;

        Reporting(Averaging averaging) {
            this.averaging = averaging;
        }

        @Override
        public Report apply(TaskContext task, scala.collection.Iterator<Worker> one) {
            return Report.of(one.next(), averaging);
        }
    }

    @Override
    public Average round(JavaRDD<DataSet> stretches, Rounds rounds, Worker.Shared shared) {
        if (kept.size() == LONGEST_LINEAGE) {
            settle();
        }
        Broadcast<Worker.Shared> sent = context.broadcast(shared);
        since.add(sent);
        states = new RoundRdd(stretches.rdd(), states, rounds, sent).persist(StorageLevel.MEMORY_AND_DISK());
        kept.add(states);
        if (kept.size() > 2) {
            kept.get(kept.size() - 3).unpersist(false);
        }
        return Average.of(List.of((Report[]) context.sc().runJob(states, new Reporting(rounds.averaging()), REPORT)));
    }

    /** Fetches the workers, one after the other, so that what led to them can be freed. */
    @Override
    public void settle() {
        List<Broadcast<Worker>> now = new ArrayList<>();
        for (Iterator<Worker> all = states.toJavaRDD().toLocalIterator(); all.hasNext(); ) {
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

    @Override
    public List<Numbers> memories() {
        return settled.stream().map(worker -> worker.value().memory()).toList();
    }
}
