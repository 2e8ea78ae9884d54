package apportion.spark.train;

import apportion.spark.average.Encoded;
import apportion.spark.average.Encoded.Encoding;

/**
 * What a replica gives to be averaged, and what it keeps back for the next round.
 *
 * <p>Encoded in fewer bits travels the change of the parameters, as that is what may lose bits. What the encoding loses
 * is added to the next round's change (error feedback; Seide et al. 2014, Karimireddy et al. 2019), so that nothing is
 * lost in the long run.
 *
 * @param sent the parameters, or the encoded change
 * @param residual the change less what is sent of it; empty where parameters are sent
 */
record Sending(Encoded sent, float[] residual) {

    static final Sending NOTHING = new Sending(Encoding.FLOAT.encode(new float[0]), new float[0]);

    /**
     * After a round.
     *
     * @param before the parameters that all replicas began with
     * @param after those of this replica now; taken over where they are sent as they are
     * @param residual of the round before
     */
    static Sending of(Encoding encoding, float[] before, float[] after, float[] residual) {
        if (encoding == Encoding.FLOAT) {
            return new Sending(encoding.encode(after), residual);
        }
        float[] change = new float[after.length];
        for (int i = 0; i < change.length; i++) {
            change[i] = after[i] - before[i] + residual[i];
        }
        Encoded sent = encoding.encode(change);
        float[] arriving = sent.decode();
        for (int i = 0; i < change.length; i++) {
            change[i] -= arriving[i];
        }
        return new Sending(sent, change);
    }

    /** The parameters' mean, from that of what replicas sent. */
    static float[] mean(Encoding encoding, float[] before, float[] mean) {
        if (encoding == Encoding.FLOAT) {
            return mean;
        }
        float[] after = new float[mean.length];
        for (int i = 0; i < after.length; i++) {
            after[i] = before[i] + mean[i];
        }
        return after;
    }
}
