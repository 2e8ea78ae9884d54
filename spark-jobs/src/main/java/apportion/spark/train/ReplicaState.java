package apportion.spark.train;

import apportion.model.checkpoint.TrainingState;
import java.io.Serializable;

/** One replica after a round. Not a record, as records cannot pass through Kryo should a cluster insist on it. */
final class ReplicaState implements Serializable {

    private final int replica;
    private final long step;
    private final long cursor;
    private final float[] parameters;
    private final float[] firstMoment;
    private final float[] secondMoment;
    private final Progress progress;

    /**
     * What happened in the round.
     *
     * @param tokens predicted
     * @param loss sum over those tokens, in nats
     * @param gradientNorm of the last step, before clipping
     * @param diverged first step whose loss or gradient was not finite; 0 if none
     * @param seconds of computing
     */
    record Progress(long tokens, double loss, double gradientNorm, long diverged, double seconds)
            implements Serializable {}

    ReplicaState(
            int replica,
            long step,
            long cursor,
            float[] parameters,
            float[] firstMoment,
            float[] secondMoment,
            Progress progress) {
        this.replica = replica;
        this.step = step;
        this.cursor = cursor;
        this.parameters = parameters;
        this.firstMoment = firstMoment;
        this.secondMoment = secondMoment;
        this.progress = progress;
    }

    /** A replica that has not moved yet. */
    static ReplicaState fresh(int replica, int parameters) {
        return new ReplicaState(
                replica, 0, 0, new float[0], new float[parameters], new float[parameters], new Progress(0, 0, 0, 0, 0));
    }

    /** A replica as a checkpoint knows it. */
    static ReplicaState resumed(int replica, TrainingState.Replica at, float[] firstMoment, float[] secondMoment) {
        return new ReplicaState(
                replica, at.step(), at.cursor(), new float[0], firstMoment, secondMoment, new Progress(0, 0, 0, 0, 0));
    }

    /**
     * What the driver must know of a replica.
     *
     * @param step steps taken so far
     * @param cursor sequences read so far
     */
    record Summary(int replica, long step, long cursor, Progress progress) implements Serializable {}

    Summary summary() {
        return new Summary(replica, step, cursor, progress);
    }

    WeightedMean.Weighted weighted() {
        return new WeightedMean.Weighted(replica, progress.tokens(), parameters);
    }

    int replica() {
        return replica;
    }

    /** Steps taken so far. */
    long step() {
        return step;
    }

    /** Sequences read so far. */
    long cursor() {
        return cursor;
    }

    float[] firstMoment() {
        return firstMoment;
    }

    float[] secondMoment() {
        return secondMoment;
    }
}
