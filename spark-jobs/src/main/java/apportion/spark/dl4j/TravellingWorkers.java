package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.nd4j.linalg.dataset.DataSet;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.reflect.ClassTag;
import scala.runtime.AbstractFunction2;

/** Workers that live on the driver and travel to their stretches and back: a round is a job of one stage. */
final class TravellingWorkers implements Workers {

    private static final ClassTag<Worker> WORKER = ClassTag.apply(Worker.class);

    private final JavaSparkContext context;
    private List<Worker> workers;

    /** What travels to a round. */
    private record Luggage(Worker.Shared shared, List<Worker> workers) implements Serializable {}

    /**
     * Takes a worker through a round. A class, as Spark reads and analyses the byte code of every lambda that it is
     * given, which costs more than a short round.
     */
    private static final class Fit extends AbstractFunction2<TaskContext, Iterator<DataSet>, Worker>
            implements Serializable {

        private static final long serialVersionUID = 1;

        private final Broadcast<Setting> setting;
        private final Broadcast<Luggage> luggage;
        private final int skip;
        private final int steps;

        Fit(Broadcast<Setting> setting, Broadcast<Luggage> luggage, int skip, int steps) {
            this.setting = setting;
            this.luggage = luggage;
            this.skip = skip;
            this.steps = steps;
        }

        @Override
        public Worker apply(TaskContext task, Iterator<DataSet> stretch) {
            Worker before = luggage.value().workers.get(task.partitionId());
            return before.round(
                    setting.value(), luggage.value().shared, JavaConverters.asJavaIterator(stretch), skip, steps);
        }
    }

    TravellingWorkers(JavaSparkContext context, List<Worker> workers) {
        this.context = context;
        this.workers = workers;
    }

    @Override
    public List<Report> round(
            JavaRDD<DataSet> stretches,
            Broadcast<Setting> setting,
            Worker.Shared shared,
            int skip,
            Averaging averaging) {
        Broadcast<Luggage> luggage = context.broadcast(new Luggage(shared, workers));
        try {
            Fit fit = new Fit(setting, luggage, skip, averaging.localSteps());
            List<Worker> after = Arrays.asList((Worker[]) context.sc().runJob(stretches.rdd(), fit, WORKER));
            workers = after.stream()
                    .map(averaging.memory() == Averaging.Memory.AVERAGED ? Worker::forgetful : Worker::settled)
                    .toList();
            return after.stream().map(worker -> Report.of(worker, averaging)).toList();
        } finally {
            luggage.destroy();
        }
    }

    @Override
    public void settle() {
        // They are on the driver after each round.
    }

    @Override
    public List<Numbers> memories() {
        return workers.stream().map(Worker::memory).toList();
    }
}
