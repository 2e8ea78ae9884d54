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
     * @param routing what a mixture of experts did
     */
    record Progress(long tokens, double loss, double gradientNorm, long diverged, Routing routing)
            implements Serializable {

        static final Progress NONE = new Progress(0, 0, 0, 0, Routing.NONE);
    }

    /**
     * What a mixture of experts did.
     *
     * @param balanceLoss its load-balance loss, each batch's times its tokens
     * @param expertTokens tokens that chose each expert, layer after layer; empty without a mixture
     */
    record Routing(double balanceLoss, long[] expertTokens) implements Serializable {

        static final Routing NONE = new Routing(0, new long[0]);

        Routing plus(Routing other) {
            long[] longer = expertTokens.length == 0 ? other.expertTokens : expertTokens;
            long[] tokens = new long[longer.length];
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = (expertTokens.length == 0 ? 0 : expertTokens[i])
                        + (other.expertTokens.length == 0 ? 0 : other.expertTokens[i]);
            }
            return new Routing(balanceLoss + other.balanceLoss, tokens);
        }
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
