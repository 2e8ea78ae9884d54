package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.FlatVector;
import apportion.spark.average.Weighted;
import apportion.spark.average.WeightedMean;
import apportion.spark.storage.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/**
 * The replicas of a run as a Spark RDD of {@code W} partitions, one step of its lineage a round.
 *
 * <p>States stay where they were computed. If an executor is lost, Spark recomputes its replicas from the last
 * checkpoint with the parameters that were broadcast since; each checkpoint therefore begins a new lineage and frees
 * the old one.
 */
final class Rounds implements AutoCloseable {

    /**
     * Numbers that all replicas together may send to the driver. Fewer are averaged there, as a shuffle of two stages
     * costs more than they do; more are averaged on the executors. The bits are the same.
     */
    private static final long SMALL = 1 << 22;

    private final JavaSparkContext context;
    private final Broadcast<RunSpec> spec;
    private final Broadcast<Storage> storage;
    private final int replicas;
    private final int length;
    private final boolean small;
    private final List<Broadcast<float[]>> broadcasts = new ArrayList<>();
    private final List<JavaRDD<ReplicaState>> kept = new ArrayList<>();
    private JavaRDD<ReplicaState> states;
    private List<ReplicaState.Summary> summaries = List.of();

    /**
     * What came of a round.
     *
     * @param parameters the replicas' mean; empty if one diverged
     * @param replicas in the order of their numbers
     */
    record Round(float[] parameters, List<ReplicaState.Summary> replicas, double seconds) {}

    /** What a replica sends to the driver; its vector only where that is small. */
    private record Report(ReplicaState.Summary summary, List<Weighted> weighted) implements Serializable {}

    /** Begins with fresh replicas, or with those of a checkpoint. */
    Rounds(JavaSparkContext context, Storage storage, RunSpec spec, int length, Optional<String> checkpoint) {
        this(context, storage, spec, length, checkpoint, SMALL);
    }

    Rounds(
            JavaSparkContext context,
            Storage storage,
            RunSpec spec,
            int length,
            Optional<String> checkpoint,
            long small) {
        this.context = context;
        // Sent once, not with every round: Hadoop's settings alone are larger than a small model.
        this.spec = context.broadcast(spec);
        this.storage = context.broadcast(storage);
        this.replicas = spec.shape().replicas();
        this.length = length;
        this.small = replicas == 1 || (long) replicas * length <= small;
        this.states = checkpoint.map(this::stored).orElseGet(this::fresh);
    }

    private JavaRDD<Integer> numbers() {
        return context.parallelize(IntStream.range(0, replicas).boxed().toList(), replicas);
    }

    private JavaRDD<ReplicaState> fresh() {
        int parameters = length;
        return numbers().map(replica -> ReplicaState.fresh(replica, parameters));
    }

    private JavaRDD<ReplicaState> stored(String directory) {
        Broadcast<Storage> files = storage;
        return numbers()
                .map(replica -> ReplicaState.resumed(
                        replica, Checkpoint.reopen(files.value().checkpoints(), directory)));
    }

    /** Goes on from a checkpoint of this moment, so that what led to it can be freed. */
    void restart(String checkpoint) {
        release();
        states = stored(checkpoint);
    }

    /** Takes every replica through a round and averages them. */
    Round run(float[] parameters, long number, long steps) {
        long began = System.nanoTime();
        context.setJobDescription("round " + number);
        Broadcast<float[]> shared = context.broadcast(parameters);
        Broadcast<RunSpec> run = spec;
        states = states.map(before -> Replicas.round(run.value(), shared.value(), before, steps))
                .persist(StorageLevel.MEMORY_AND_DISK());
        broadcasts.add(shared);
        kept.add(states);
        boolean send = small;
        List<Report> reports = states.map(
                        state -> new Report(state.summary(), send ? List.of(state.weighted()) : List.of()))
                .collect();
        summaries = reports.stream().map(Report::summary).toList();
        boolean sound =
                summaries.stream().allMatch(replica -> replica.progress().diverged() == 0);
        float[] mean = sound ? mean(reports) : new float[0];
        dropSuperseded();
        return new Round(mean, summaries, (System.nanoTime() - began) * 1e-9);
    }

    private float[] mean(List<Report> reports) {
        return small
                ? WeightedMean.of(reports.stream()
                        .flatMap(report -> report.weighted().stream())
                        .toList())
                : WeightedMean.of(states.map(ReplicaState::weighted), length);
    }

    /** The state of the round before last is needed only if an executor is lost, and can then be computed again. */
    private void dropSuperseded() {
        if (kept.size() > 2) {
            kept.remove(0).unpersist(false);
        }
    }

    /** Where each replica stands. */
    List<ReplicaState.Summary> summaries() {
        return summaries;
    }

    /** The optimizer states, fetched one after the other. */
    Iterator<apportion.model.checkpoint.ReplicaState> states() {
        Iterator<ReplicaState> local = states.toLocalIterator();
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return local.hasNext();
            }

            @Override
            public apportion.model.checkpoint.ReplicaState next() {
                ReplicaState state = local.next();
                return new apportion.model.checkpoint.ReplicaState(
                        state.replica(), FlatVector.of(state.firstMoment()), FlatVector.of(state.secondMoment()));
            }
        };
    }

    private void release() {
        kept.forEach(rdd -> rdd.unpersist(false));
        kept.clear();
        broadcasts.forEach(broadcast -> broadcast.destroy());
        broadcasts.clear();
    }

    @Override
    public void close() {
        release();
        spec.destroy();
        storage.destroy();
        context.setJobDescription(null);
    }
}
