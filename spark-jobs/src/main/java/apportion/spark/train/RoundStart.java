package apportion.spark.train;

import java.util.Arrays;

/**
 * What a replica begins a round with.
 *
 * @param parameters the same for all replicas
 * @param firstMoment AdamW's
 * @param secondMoment AdamW's
 */
record RoundStart(float[] parameters, float[] firstMoment, float[] secondMoment) {

    /** One vector behind the other; the first itself if the second is empty. */
    static float[] joined(float[] first, float[] second) {
        if (second.length == 0) {
            return first;
        }
        float[] all = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, all, first.length, second.length);
        return all;
    }

    /**
     * Takes apart what the driver publishes.
     *
     * @param published parameters, or parameters and averaged moments; without moments, the replica has its own
     * @param length of the parameters
     */
    static RoundStart of(float[] published, int length, ReplicaState before) {
        if (published.length == length) {
            return new RoundStart(published, before.firstMoment(), before.secondMoment());
        }
        return new RoundStart(
                Arrays.copyOf(published, length),
                Arrays.copyOfRange(published, length, 2 * length),
                Arrays.copyOfRange(published, 2 * length, 3 * length));
    }
}
