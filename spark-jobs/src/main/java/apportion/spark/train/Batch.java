package apportion.spark.train;

import apportion.model.compute.Tokens;
import java.util.Arrays;

/**
 * Sequences side by side, as a decoder takes them.
 *
 * @param inputs {@code [sequences * time]} token ids
 * @param targets the ids that follow, {@link Tokens#NONE} behind a short sequence's end
 * @param predicted targets that are tokens
 */
record Batch(int[] inputs, int[] targets, int time, long predicted) {

    static Batch of(int[][] sequences, int time) {
        int[] inputs = new int[sequences.length * time];
        int[] targets = new int[inputs.length];
        Arrays.fill(targets, Tokens.NONE);
        long predicted = 0;
        for (int s = 0; s < sequences.length; s++) {
            int length = sequences[s].length - 1;
            System.arraycopy(sequences[s], 0, inputs, s * time, Math.max(0, length));
            System.arraycopy(sequences[s], 1, targets, s * time, Math.max(0, length));
            predicted += Math.max(0, length);
        }
        return new Batch(inputs, targets, time, predicted);
    }
}
