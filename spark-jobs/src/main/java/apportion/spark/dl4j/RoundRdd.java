package apportion.spark.dl4j;

import java.util.List;
import org.apache.spark.Dependency;
import org.apache.spark.OneToOneDependency;
import org.apache.spark.Partition;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.RDD;
import org.nd4j.linalg.dataset.DataSet;
import scala.collection.Iterator;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.reflect.ClassTag;

/**
 * The workers after a round, each made of the worker before it and its stretch.
 *
 * <p>A class of its own, where {@code zipPartitions} with a lambda would do the same: Spark reads and analyses the byte
 * code of every lambda that it is given, which in a short round costs more than all else.
 */
final class RoundRdd extends RDD<Worker> {

    private static final long serialVersionUID = 1;
    private static final ClassTag<Worker> WORKER = ClassTag.apply(Worker.class);
    private static final ClassTag<DataSet> DATA = ClassTag.apply(DataSet.class);

    private final Workers.Rounds rounds;
    private final Broadcast<Worker.Shared> shared;

    /** A worker and its stretch. */
    private record Pair(int index, Partition stretch, Partition worker) implements Partition {}

    /** A round that has not been computed yet. */
    RoundRdd(RDD<DataSet> stretches, RDD<Worker> before, Workers.Rounds rounds, Broadcast<Worker.Shared> shared) {
        super(before.sparkContext(), dependencies(stretches, before), WORKER);
        this.rounds = rounds;
        this.shared = shared;
    }

    private static Seq<Dependency<?>> dependencies(RDD<DataSet> stretches, RDD<Worker> before) {
        List<Dependency<?>> both = List.of(new OneToOneDependency<>(stretches), new OneToOneDependency<>(before));
        return JavaConverters.asScalaBuffer(both).toSeq();
    }

    private RDD<DataSet> stretches() {
        return parent(0, DATA);
    }

    private RDD<Worker> before() {
        return parent(1, WORKER);
    }

    /** What an RDD logs is Spark's to say, not a line of ours. */
    @Override
    public String logName() {
        return RDD.class.getName();
    }

    @Override
    public Partition[] getPartitions() {
        Partition[] stretches = stretches().partitions();
        Partition[] workers = before().partitions();
        Partition[] pairs = new Partition[workers.length];
        for (int i = 0; i < pairs.length; i++) {
            pairs[i] = new Pair(i, stretches[i], workers[i]);
        }
        return pairs;
    }

    /** Where the worker is, or else its stretch. */
    @Override
    public Seq<String> getPreferredLocations(Partition split) {
        Pair pair = (Pair) split;
        Seq<String> worker = before().preferredLocations(pair.worker);
        return worker.isEmpty() ? stretches().preferredLocations(pair.stretch) : worker;
    }

    @Override
    public Iterator<Worker> compute(Partition split, TaskContext task) {
        Pair pair = (Pair) split;
        Worker before = before().iterator(pair.worker, task).next();
        java.util.Iterator<DataSet> stretch =
                JavaConverters.asJavaIterator(stretches().iterator(pair.stretch, task));
        Worker after = new LocalSteps(before, rounds.setting().value(), stretch, rounds.skip())
                .round(shared.value(), rounds.averaging().localSteps());
        return JavaConverters.asScalaIterator(List.of(after).iterator());
    }
}
