package apportion.spark.train;

import apportion.model.compute.Tokens;
import java.util.Arrays;

/**
 * Sequences side by side, as a decoder takes them.
 *
 * @param inputs {@code [sequences * time]} token ids
 * @param targets the ids that follow, {@link Tokens#NONE} behind a short sequence's end
 */
record Batch(int[] inputs, int[] targets) {

    static Batch of(int[][] sequences, int time) {
        int[] inputs = new int[sequences.length * time];
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Tokens.NONE);
        for (int s = 0; s < sequences.length; s++) {
            int length = sequences[s].length - 1;
            System.arraycopy(sequences[s], 0, inputs, s * time, length);
            System.arraycopy(sequences[s], 1, targets, s * time, length);
        }
        return new Batch(inputs, targets);
    }
}
