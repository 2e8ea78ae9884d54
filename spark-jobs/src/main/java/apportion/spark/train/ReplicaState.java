package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.spark.average.Weighted;
import java.io.IOException;
import java.io.Serializable;

/**
 * One replica after a round.
 *
 * @param step steps taken so far
 * @param cursor sequences read so far
 * @param parameters after its last step, before averaging; none if it has not moved since it was created or read
 * @param firstMoment AdamW's
 * @param secondMoment AdamW's
 */
record ReplicaState(
        int replica,
        long step,
        long cursor,
        float[] parameters,
        float[] firstMoment,
        float[] secondMoment,
        Progress progress)
        implements Serializable {

    /**
     * What happened in the round.
     *
     * @param tokens predicted
     * @param loss sum over those tokens, in nats
     * @param gradientNorm of the last step, before clipping
     * @param diverged first step whose loss, gradient or weights were not finite; 0 if none
     */
    record Progress(long tokens, double loss, double gradientNorm, long diverged) implements Serializable {

        static final Progress NONE = new Progress(0, 0, 0, 0);
    }

    /** A replica that has not moved yet. */
    static ReplicaState fresh(int replica, int parameters) {
        return new ReplicaState(
                replica, 0, 0, new float[0], new float[parameters], new float[parameters], Progress.NONE);
    }

    /** A replica as a checkpoint knows it. */
    static ReplicaState resumed(int replica, Checkpoint checkpoint) throws IOException {
        apportion.model.checkpoint.ReplicaState stored = checkpoint.replica(replica);
        return new ReplicaState(
                replica,
                checkpoint.state().replicas().get(replica).step(),
                checkpoint.state().replicas().get(replica).cursor(),
                new float[0],
                stored.firstMoment().floats(),
                stored.secondMoment().floats(),
                Progress.NONE);
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

    /** Its vote in the average. */
    Weighted weighted() {
        return new Weighted(replica, progress.tokens(), parameters);
    }
}
