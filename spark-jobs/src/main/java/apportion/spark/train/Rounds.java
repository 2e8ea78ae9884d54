package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.FlatVector;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.storage.Storage;
import java.io.IOException;
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

    private final JavaSparkContext context;
    private final Storage storage;
    private final RunSpec spec;
    private final int length;
    private final List<Broadcast<float[]>> broadcasts = new ArrayList<>();
    private final List<JavaRDD<ReplicaState>> kept = new ArrayList<>();
    private JavaRDD<ReplicaState> states;
    private List<ReplicaState.Summary> summaries = List.of();

    /**
     * What came of a round.
     *
     * @param parameters their mean; empty if a replica diverged
     * @param replicas in the order of their numbers
     */
    record Round(float[] parameters, List<ReplicaState.Summary> replicas, double seconds) {}

    Rounds(JavaSparkContext context, Storage storage, RunSpec spec, ParameterLayout layout) {
        this.context = context;
        this.storage = storage;
        this.spec = spec;
        this.length = Math.toIntExact(layout.size());
        this.states = fresh();
    }

    private JavaRDD<Integer> numbers() {
        int replicas = spec.shape().replicas();
        return context.parallelize(IntStream.range(0, replicas).boxed().toList(), replicas);
    }

    private JavaRDD<ReplicaState> fresh() {
        int parameters = length;
        return numbers().map(replica -> ReplicaState.fresh(replica, parameters));
    }

    /** Begins with fresh replicas, or with those of a checkpoint. */
    void start(Optional<String> checkpoint) {
        states = checkpoint.map(this::stored).orElseGet(this::fresh);
    }

    /** Goes on from a checkpoint of this moment, so that what led to it can be freed. */
    void restart(String checkpoint) {
        release();
        states = stored(checkpoint);
    }

    private JavaRDD<ReplicaState> stored(String directory) {
        Storage files = storage;
        return numbers().map(replica -> load(files, directory, replica));
    }

    private static ReplicaState load(Storage files, String directory, int replica) throws IOException {
        Checkpoint checkpoint = Checkpoint.reopen(files.checkpoints(), directory);
        apportion.model.checkpoint.ReplicaState stored = checkpoint.replica(replica);
        return ReplicaState.resumed(
                replica,
                checkpoint.state().replicas().get(replica),
                stored.firstMoment().floats(),
                stored.secondMoment().floats());
    }

    /** Takes every replica through a round and averages them. */
    Round run(float[] parameters, long number, long steps) {
        long began = System.nanoTime();
        Broadcast<float[]> shared = context.broadcast(parameters);
        RunSpec run = spec;
        JavaRDD<ReplicaState> after = states.map(before -> Replicas.round(run, shared.value(), before, steps))
                .persist(StorageLevel.MEMORY_AND_DISK());
        context.setJobDescription("round " + number);
        broadcasts.add(shared);
        kept.add(after);
        states = after;
        summaries = after.map(ReplicaState::summary).collect();
        boolean sound =
                summaries.stream().allMatch(replica -> replica.progress().diverged() == 0);
        float[] mean = sound ? WeightedMean.of(after.map(ReplicaState::weighted), length) : new float[0];
        dropSuperseded();
        return new Round(mean, summaries, (System.nanoTime() - began) * 1e-9);
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
    }
}
