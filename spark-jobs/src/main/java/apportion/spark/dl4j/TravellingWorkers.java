package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkThrowable;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.apache.spark.scheduler.BarrierJobAllocationFailed;
import org.apache.spark.util.LongAccumulator;
import org.nd4j.linalg.dataset.DataSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;

/**
 * Workers that live on the driver and travel to their stretches and back.
 *
 * <p>Rounds that follow each other are one job, whose tasks run side by side and meet after each round. Where Spark
 * cannot do that, or one of them fails, each round is a job of its own, whose tasks Spark starts again when they fail.
 */
final class TravellingWorkers implements Workers {

    private static final Logger LOG = LoggerFactory.getLogger(TravellingWorkers.class);
    private static final ClassTag<Worker> WORKER = ClassTag.apply(Worker.class);

    private final JavaSparkContext context;
    private final LongAccumulator up;
    private final LongAccumulator down;
    private List<Worker> workers;
    private boolean refused;

    /** What travels to a job. */
    private record Luggage(Worker.Shared shared, List<Worker> workers) implements Serializable {}

    /**
     * Takes a worker through rounds. A class, as Spark reads and analyses the byte code of every lambda that it is
     * given, which costs more than a short round.
     */
    private static final class Fit extends AbstractFunction2<TaskContext, Iterator<DataSet>, Worker>
            implements Serializable {

        private static final long serialVersionUID = 1;

        private final Rounds rounds;
        private final Broadcast<Luggage> luggage;
        private final Rendezvous.Place meeting;
        private final LongAccumulator up;
        private final LongAccumulator down;

        Fit(
                Rounds rounds,
                Broadcast<Luggage> luggage,
                Rendezvous.Place meeting,
                LongAccumulator up,
                LongAccumulator down) {
            this.rounds = rounds;
            this.luggage = luggage;
            this.meeting = meeting;
            this.up = up;
            this.down = down;
        }

        @Override
        public Worker apply(TaskContext task, Iterator<DataSet> stretch) {
            Averaging averaging = rounds.averaging();
            Worker.Shared shared = luggage.value().shared;
            LocalSteps local = new LocalSteps(
                    luggage.value().workers.get(task.partitionId()),
                    rounds.setting().value(),
                    JavaConverters.asJavaIterator(stretch),
                    rounds.skip());
            Worker worker = local.round(shared, averaging.localSteps());
            if (rounds.count() > 1) {
                Rendezvous.Visit visit = meeting.visit();
                for (int round = 1; round < rounds.count(); round++) {
                    Report report = Report.of(worker, averaging);
                    Average average = visit.meet(worker.number(), report);
                    up.add(report.parameters().bytes() + report.memory().bytes());
                    down.add(average.parameters().bytes() + average.memory().bytes());
                    worker = local.round(average.shared(shared.epoch()), averaging.localSteps());
                }
            }
            return worker;
        }
    }

    /** As a function of a partition, which is what a job of tasks side by side is made of. */
    private static final class SideBySide extends AbstractFunction1<Iterator<DataSet>, Iterator<Worker>>
            implements Serializable {

        private static final long serialVersionUID = 1;

        private final Fit fit;

        SideBySide(Fit fit) {
            this.fit = fit;
        }

        @Override
        public Iterator<Worker> apply(Iterator<DataSet> stretch) {
            return JavaConverters.asScalaIterator(
                    List.of(fit.apply(TaskContext.get(), stretch)).iterator());
        }
    }

    TravellingWorkers(JavaSparkContext context, List<Worker> workers) {
        this.context = context;
        this.up = context.sc().longAccumulator(AveragingTrainingMaster.BYTES_UP);
        this.down = context.sc().longAccumulator(AveragingTrainingMaster.BYTES_DOWN);
        this.workers = workers;
    }

    @Override
    public Average rounds(JavaRDD<DataSet> stretches, Rounds rounds, Worker.Shared shared) {
        if (rounds.count() > 1 && !refused && isRoomForAll()) {
            try {
                return travel(stretches.rdd(), rounds, shared);
            } catch (Exception e) {
                if (isCancelled(e)) {
                    throw e;
                }
                // Spark does not run just any RDD's tasks side by side, and none where executors come and go.
                refused = e instanceof BarrierJobAllocationFailed;
                LOG.warn("{} rounds in one job failed; going on with a job for each", rounds.count(), e);
            }
        }
        return Workers.super.rounds(stretches, rounds, shared);
    }

    private static boolean isCancelled(Exception e) {
        return e instanceof SparkThrowable reason && "SPARK_JOB_CANCELLED".equals(reason.getErrorClass());
    }

    /** Spark would wait for more executors. */
    private boolean isRoomForAll() {
        return context.sc()
                        .maxNumConcurrentTasks(
                                context.sc().resourceProfileManager().defaultResourceProfile())
                >= workers.size();
    }

    @Override
    public Average round(JavaRDD<DataSet> stretches, Rounds rounds, Worker.Shared shared) {
        return travel(stretches.rdd(), rounds, shared);
    }

    private Average travel(RDD<DataSet> stretches, Rounds rounds, Worker.Shared shared) {
        Broadcast<Luggage> luggage = context.broadcast(new Luggage(shared, workers));
        try (Rendezvous rendezvous = new Rendezvous(workers.size())) {
            Fit fit = new Fit(rounds, luggage, rendezvous.place(), up, down);
            List<Worker> after = rounds.count() == 1
                    ? List.of((Worker[]) context.sc().runJob(stretches, fit, WORKER))
                    : stretches
                            .barrier()
                            .mapPartitions(new SideBySide(fit), false, WORKER)
                            .toJavaRDD()
                            .collect();
            Averaging averaging = rounds.averaging();
            workers = after.stream()
                    .map(averaging.memory() == Averaging.Memory.AVERAGED ? Worker::forgetful : Worker::settled)
                    .toList();
            return Average.of(
                    after.stream().map(worker -> Report.of(worker, averaging)).toList());
        } finally {
            luggage.destroy();
        }
    }

    @Override
    public void settle() {
        // They are on the driver after each job.
    }

    @Override
    public List<Numbers> memories() {
        return workers.stream().map(Worker::memory).toList();
    }
}
