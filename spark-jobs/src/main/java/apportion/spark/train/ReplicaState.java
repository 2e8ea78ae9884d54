package apportion.spark.train;

import apportion.model.checkpoint.Checkpoint;
import apportion.model.checkpoint.FlatVector;
import apportion.spark.average.Encoded;
import apportion.spark.average.Encoded.Encoding;
import apportion.spark.average.Weighted;
import java.io.IOException;
import java.io.Serializable;

/**
 * One replica after a round.
 *
 * @param step steps taken so far
 * @param cursor sequences read so far
 * @param sent what it gives to be averaged: its parameters after its last step, or encoded in fewer bits what became of
 *     them in the round; none if it has not moved since it was created or read
 * @param firstMoment AdamW's
 * @param secondMoment AdamW's
 * @param residual what the encoding has withheld so far; empty where it withholds nothing
 */
record ReplicaState(
        int replica,
        long step,
        long cursor,
        Encoded sent,
        float[] firstMoment,
        float[] secondMoment,
        float[] residual,
        Progress progress)
        implements Serializable {

    private static final Encoded NOTHING = Encoding.FLOAT.encode(new float[0]);

    /**
     * What happened in the round.
     *
     * @param tokens predicted
     * @param loss sum over those tokens, in nats
     * @param gradientNorm of the last step, before clipping
     * @param diverged first step whose loss, gradient or weights were not finite; 0 if none
     * @param routing what a mixture of experts did
     * @param spent where and how long it took
     */
    record Progress(long tokens, double loss, double gradientNorm, long diverged, Routing routing, Spent spent)
            implements Serializable {

        static final Progress NONE = new Progress(0, 0, 0, 0, Routing.NONE, new Spent("", "", 0, 0, 0));
    }

    /**
     * Where one replica's round ran, and its time in seconds.
     *
     * @param executor that it ran on
     * @param gpu that Spark gave it, by its address on the host; empty if none
     * @param publish until the parameters were there
     * @param read waiting for sequences
     * @param compute all else
     */
    record Spent(String executor, String gpu, double publish, double read, double compute) implements Serializable {}

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
    static ReplicaState fresh(int replica, int parameters, Encoding encoding) {
        return new ReplicaState(
                replica,
                0,
                0,
                NOTHING,
                new float[parameters],
                new float[parameters],
                new float[encoding == Encoding.FLOAT ? 0 : parameters],
                Progress.NONE);
    }

    /** A replica as a checkpoint knows it. */
    static ReplicaState resumed(int replica, Checkpoint checkpoint) throws IOException {
        long cursor = checkpoint.state().replicas().get(replica).cursor();
        apportion.model.checkpoint.ReplicaState stored = checkpoint.replica(replica);
        float[] residual = stored.residual().map(FlatVector::floats).orElseGet(() -> new float[0]);
        return resumed(replica, cursor, stored, residual, checkpoint);
    }

    /**
     * A replica of a run whose checkpoint has another number of them: it goes on with the optimizer state of one that
     * the checkpoint knows, in turn, and at the beginning of a new {@link Allotment}. What compression has withheld is
     * given up, as it belongs to shares that are no more.
     */
    static ReplicaState among(int replica, Checkpoint checkpoint) throws IOException {
        apportion.model.checkpoint.ReplicaState stored =
                checkpoint.replica(replica % checkpoint.state().replicas().size());
        float[] residual = new float[stored.residual().map(FlatVector::length).orElse(0)];
        return resumed(replica, 0, stored, residual, checkpoint);
    }

    private static ReplicaState resumed(
            int replica,
            long cursor,
            apportion.model.checkpoint.ReplicaState stored,
            float[] residual,
            Checkpoint checkpoint) {
        return new ReplicaState(
                replica,
                checkpoint.state().step(),
                cursor,
                NOTHING,
                stored.firstMoment().floats(),
                stored.secondMoment().floats(),
                residual,
                Progress.NONE);
    }

    /**
     * What the driver must know of a replica.
     *
     * @param step steps taken so far
     * @param cursor sequences read so far
     * @param bytes that it sends to be averaged
     */
    record Summary(int replica, long step, long cursor, long bytes, Progress progress) implements Serializable {}

    /** @param averagesMoments whether its moments are sent, too */
    Summary summary(boolean averagesMoments) {
        long moments = averagesMoments ? (long) Float.BYTES * (firstMoment.length + secondMoment.length) : 0;
        return new Summary(replica, step, cursor, sent.bytes() + moments, progress);
    }

    /** Its vote in the average. */
    Weighted weighted() {
        return new Weighted(replica, progress.tokens(), sent);
    }

    /** The same vote on its moments, the first behind which the second lies. */
    Weighted weightedMoments() {
        return new Weighted(replica, progress.tokens(), RoundStart.joined(firstMoment, secondMoment));
    }
}
