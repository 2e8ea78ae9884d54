package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.FlatVector;
import apportion.spark.average.Encoded;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.average.Mean;
import apportion.spark.average.Weighted;
import apportion.spark.average.WeightedMean;
import apportion.spark.storage.Storage;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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

    /** What Spark calls the driver where it calls others by their executors' numbers. */
    private static final String DRIVER = "driver";

    private final JavaSparkContext context;
    private final Broadcast<RunSpec> spec;
    private final Broadcast<Storage> storage;
    private final int replicas;
    private final int length;
    private final Encoding compression;
    private final boolean averagesMoments;
    private final Transfer transfer;
    private final boolean small;
    private final RoundCounters counters;
    private final RoundWatch watch;
    private final Optional<Patience> patience;
    private final List<Broadcast<Encoded.Floats>> broadcasts = new ArrayList<>();
    private final List<JavaRDD<ReplicaState>> kept = new ArrayList<>();
    private final List<Double> secondsPerStep = new ArrayList<>();
    /** Steps since the last checkpoint. */
    private long stepsToRepeat;

    private JavaRDD<ReplicaState> states;
    private List<ReplicaState.Summary> summaries = List.of();
    /** The mean of the replicas' moments; empty where each keeps or drops its own, and before the first round. */
    private float[] moments = new float[0];

    /**
     * What came of a round.
     *
     * @param mean of the replicas; empty if one diverged
     * @param replicas in the order of their numbers
     * @param seconds that it took
     * @param split where they went; nothing of them to an outer step yet
     */
    record Round(
            Mean mean,
            List<ReplicaState.Summary> replicas,
            double seconds,
            RoundRecord.Split split,
            RoundRecord.Bytes bytes) {

        /** Seconds of steps and reading of the slowest replica. */
        double slowest() {
            return replicas.stream()
                    .map(replica -> replica.progress().spent())
                    .mapToDouble(spent -> spent.read() + spent.compute())
                    .max()
                    .orElse(0);
        }

        /** As the record of a round has them; empty if a replica had none. */
        Optional<List<String>> gpus() {
            List<ReplicaState.Spent> spent =
                    replicas.stream().map(replica -> replica.progress().spent()).toList();
            return spent.stream().anyMatch(replica -> replica.gpu().isEmpty())
                    ? Optional.empty()
                    : Optional.of(spent.stream()
                            .map(replica -> replica.executor() + ":" + replica.gpu())
                            .toList());
        }

        /** The same with the outer step that followed. */
        Round outer(double took) {
            RoundRecord.Split all = new RoundRecord.Split(
                    split.publish(), split.read(), split.compute(), split.reduce(), took, split.idle());
            return new Round(mean, replicas, seconds + took, all, bytes);
        }
    }

    /**
     * Numbers that the driver receives at once.
     *
     * @param averaged there, of all replicas together; more are averaged on the executors
     * @param fetched of a state, or of the only replica's parameters; more come in slices
     */
    record Transfer(long averaged, int fetched) {

        boolean isSmall(int replicas, int numbers) {
            return replicas == 1 ? numbers <= fetched : (long) replicas * numbers <= averaged;
        }
    }

    /** What a replica sends to the driver; its vectors only where they are small, and moments if they are averaged. */
    private record Report(ReplicaState.Summary summary, List<Weighted> weighted, List<Weighted> moments)
            implements Serializable {

        static Report of(ReplicaState state, boolean send, boolean averagesMoments) {
            return new Report(
                    state.summary(averagesMoments),
                    send ? List.of(state.weighted()) : List.of(),
                    send && averagesMoments ? List.of(state.weightedMoments()) : List.of());
        }
    }

    /** Begins with fresh replicas, or with those of a checkpoint, which may have another number of them. */
    Rounds(
            JavaSparkContext context,
            Storage storage,
            RunSpec spec,
            int length,
            Optional<String> checkpoint,
            Optional<Patience> patience) {
        this(
                context,
                storage,
                spec,
                length,
                checkpoint,
                patience,
                new Transfer(WeightedMean.MOST_ON_DRIVER, WeightedMean.MOST_AT_ONCE));
    }

    Rounds(
            JavaSparkContext context,
            Storage storage,
            RunSpec spec,
            int length,
            Optional<String> checkpoint,
            Optional<Patience> patience,
            Transfer transfer) {
        this.context = context;
        // Sent once, not with every round: Hadoop's settings alone are larger than a small model.
        this.spec = context.broadcast(spec);
        this.storage = context.broadcast(storage);
        this.replicas = spec.shape().replicas();
        this.length = length;
        this.compression = spec.shape().compression();
        this.averagesMoments = spec.shape().optimizerState() == OptimizerState.AVERAGED;
        this.counters = new RoundCounters(context);
        this.watch = new RoundWatch(context, "rounds of " + spec.identity());
        this.patience = patience;
        this.transfer = transfer;
        this.small = transfer.isSmall(replicas, averaged());
        this.states = checkpoint.map(this::stored).orElseGet(this::fresh);
    }

    /** Numbers that are averaged: parameters, and their moments where those are. */
    private int averaged() {
        return averagesMoments ? Math.multiplyExact(3, length) : length;
    }

    private JavaRDD<Integer> numbers() {
        return context.parallelize(IntStream.range(0, replicas).boxed().toList(), replicas);
    }

    private JavaRDD<ReplicaState> fresh() {
        int parameters = length;
        Encoding encoding = compression;
        return numbers().map(replica -> ReplicaState.fresh(replica, parameters, encoding));
    }

    private JavaRDD<ReplicaState> stored(String directory) {
        Broadcast<Storage> files = storage;
        int count = replicas;
        return numbers().map(replica -> {
            Checkpoint checkpoint = Checkpoint.reopen(files.value().checkpoints(), directory);
            return checkpoint.state().replicas().size() == count
                    ? ReplicaState.resumed(replica, checkpoint)
                    : ReplicaState.among(replica, checkpoint);
        });
    }

    /** Goes on from a checkpoint of this moment, so that what led to it can be freed. */
    void restart(String checkpoint) {
        release();
        stepsToRepeat = 0;
        states = stored(checkpoint);
    }

    /**
     * Takes every replica through a round and averages them.
     *
     * @param parameters that it begins with
     * @param description for Spark's interface
     */
    Round run(float[] parameters, RoundSchedule.Round round, String description) {
        long began = System.nanoTime();
        context.setJobDescription(description);
        float[] published = RoundStart.joined(parameters, moments);
        Broadcast<Encoded.Floats> shared = context.broadcast(new Encoded.Floats(published));
        Broadcast<RunSpec> run = spec;
        RoundCounters counts = counters;
        long steps = round.steps();
        Set<String> live = Replicas.live();
        states = states.map(before -> {
                    ReplicaClock clock = new ReplicaClock();
                    float[] from = clock.publishing(() -> shared.value().numbers());
                    return counts.counted(Replicas.round(run.value(), live, from, before, steps, clock));
                })
                .persist(StorageLevel.MEMORY_AND_DISK());
        broadcasts.add(shared);
        kept.add(states);
        double publishing = ReplicaClock.secondsSince(began);
        boolean send = small;
        boolean withMoments = averagesMoments;
        stepsToRepeat += steps;
        List<Report> reports =
                watch.collect(states.map(state -> Report.of(state, send, withMoments)), description, limit());
        double replied = ReplicaClock.secondsSince(began);
        summaries = reports.stream().map(Report::summary).toList();
        boolean sound =
                summaries.stream().allMatch(replica -> replica.progress().diverged() == 0);
        Mean mean = sound ? mean(reports, parameters) : new Mean(new float[0], 0);
        // Only a replica that must be computed again will fetch it once more; until then it would fill executors'
        // memory.
        shared.unpersist(false);
        dropSuperseded();
        double seconds = ReplicaClock.secondsSince(began);
        secondsPerStep.add(seconds / steps);
        return new Round(
                mean,
                summaries,
                seconds,
                split(publishing, replied, seconds),
                bytes(summaries, published.length, averaged(), small));
    }

    private Mean mean(List<Report> reports, float[] before) {
        if (averagesMoments) {
            moments = (small
                            ? WeightedMean.of(reports.stream()
                                    .flatMap(report -> report.moments().stream())
                                    .toList())
                            : WeightedMean.of(states.map(ReplicaState::weightedMoments), 2 * length))
                    .vector();
        }
        Mean sent = small
                ? WeightedMean.of(reports.stream()
                        .flatMap(report -> report.weighted().stream())
                        .toList())
                : WeightedMean.of(states.map(ReplicaState::weighted), length);
        return new Mean(Sending.mean(compression, before, sent.vector()), sent.spread());
    }

    /** A lost executor's replicas are computed again from the last checkpoint on. */
    private double limit() {
        double[] known =
                secondsPerStep.stream().mapToDouble(Double::doubleValue).toArray();
        return patience.map(p -> p.limit(known, stepsToRepeat)).orElse(Double.POSITIVE_INFINITY);
    }

    /** What an average replica did until the driver had published, had the reports, and had the mean. */
    private RoundRecord.Split split(double publishing, double replied, double averaged) {
        double fetch = 0;
        double read = 0;
        double compute = 0;
        for (ReplicaState.Summary summary : summaries) {
            fetch += summary.progress().spent().publish() / replicas;
            read += summary.progress().spent().read() / replicas;
            compute += summary.progress().spent().compute() / replicas;
        }
        return new RoundRecord.Split(
                publishing + fetch,
                read,
                compute,
                averaged - replied,
                0,
                replied - publishing - fetch - read - compute);
    }

    /**
     * What is sent between processes; the driver's own needs nothing.
     *
     * @param published numbers that each executor receives
     * @param averaged numbers that the mean has
     * @param small whether replicas send to the driver, which otherwise receives the mean
     */
    static RoundRecord.Bytes bytes(List<ReplicaState.Summary> replicas, int published, int averaged, boolean small) {
        List<ReplicaState.Summary> elsewhere = replicas.stream()
                .filter(replica -> !replica.progress().spent().executor().equals(DRIVER))
                .toList();
        long executors = elsewhere.stream()
                .map(replica -> replica.progress().spent().executor())
                .distinct()
                .count();
        long mean = (long) Float.BYTES * averaged;
        long sent = elsewhere.stream().mapToLong(ReplicaState.Summary::bytes).sum();
        return new RoundRecord.Bytes(
                (long) Float.BYTES * published * executors, small || executors == 0 ? sent : sent + mean);
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

    /** The optimizer states that the next round begins with, fetched one after the other. */
    Iterator<apportion.model.checkpoint.ReplicaState> states() {
        if (averagesMoments) {
            FlatVector first = FlatVector.of(Arrays.copyOf(moments, length));
            FlatVector second = FlatVector.of(Arrays.copyOfRange(moments, length, 2 * length));
            return IntStream.range(0, replicas)
                    .mapToObj(replica -> new apportion.model.checkpoint.ReplicaState(replica, first, second))
                    .iterator();
        }
        return isFetchedWhole() ? whole() : sliced();
    }

    private boolean isFetchedWhole() {
        long vectors = compression == Encoding.FLOAT ? 3 : 4;
        return vectors * length <= transfer.fetched();
    }

    private Iterator<apportion.model.checkpoint.ReplicaState> whole() {
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
                        state.replica(),
                        FlatVector.of(state.firstMoment()),
                        FlatVector.of(state.secondMoment()),
                        compression == Encoding.FLOAT
                                ? Optional.empty()
                                : Optional.of(FlatVector.of(state.residual())));
            }
        };
    }

    /** A result of a task is bounded by {@code spark.driver.maxResultSize}, and the driver need not hold a state. */
    private Iterator<apportion.model.checkpoint.ReplicaState> sliced() {
        JavaRDD<ReplicaState> newest = states;
        return IntStream.range(0, replicas)
                .mapToObj(replica -> new apportion.model.checkpoint.ReplicaState(
                        replica,
                        remote(newest, replica, ReplicaState::firstMoment),
                        remote(newest, replica, ReplicaState::secondMoment),
                        compression == Encoding.FLOAT
                                ? Optional.empty()
                                : Optional.of(remote(newest, replica, ReplicaState::residual))))
                .iterator();
    }

    private FlatVector remote(JavaRDD<ReplicaState> newest, int replica, Vector vector) {
        return FlatVector.remote(
                length,
                transfer.fetched(),
                (from, to) -> newest.map(state -> new Encoded.Floats(Arrays.copyOfRange(vector.of(state), from, to)))
                        .collectPartitions(new int[] {replica})[0]
                        .get(0)
                        .numbers());
    }

    /** One of the vectors of a state. */
    @FunctionalInterface
    private interface Vector extends Serializable {

        float[] of(ReplicaState state);
    }

    private void release() {
        kept.forEach(rdd -> rdd.unpersist(false));
        kept.clear();
        broadcasts.forEach(broadcast -> broadcast.destroy());
        broadcasts.clear();
    }

    @Override
    public void close() {
        watch.close();
        release();
        spec.destroy();
        storage.destroy();
        context.setJobDescription(null);
    }
}
