package apportion.model.transformer;

import java.util.Arrays;

/**
 * Which experts each token sees, as runs of rows: first those of expert 0 in the order of the tokens, then those of
 * expert 1. Each run fills whole tiles; the rows that fill one up are of token 0 and have no gate.
 *
 * @param count {@code n}: tokens
 * @param tokens {@code [m]}: the token of each row
 * @param gates {@code [m]}: where in a flat {@code [n, E]} matrix the row's token and expert meet, and just behind it
 *     for a row that fills up
 * @param chosen {@code [E]}: how many tokens chose each expert
 * @param ends {@code [E]}: where each expert's rows end
 */
record Choice(int count, int[] tokens, int[] gates, int[] chosen, int[] ends) {

    /**
     * The experts with the highest scores, for each token by itself; of equal ones the first.
     *
     * @param scores {@code [n, E]}
     * @param tile rows that a run is filled up to a multiple of
     */
    static Choice of(float[] scores, int experts, int topK, int tile) {
        int count = scores.length / experts;
        boolean[] meets = new boolean[scores.length];
        int[] chosen = new int[experts];
        for (int token = 0; token < count; token++) {
            for (int k = 0; k < topK; k++) {
                int best = best(scores, meets, token * experts, experts);
                meets[best] = true;
                chosen[best - token * experts]++;
            }
        }
        int[] ends = new int[experts];
        int rows = 0;
        for (int expert = 0; expert < experts; expert++) {
            rows += (chosen[expert] + tile - 1) / tile * tile;
            ends[expert] = rows;
        }
        int[] tokens = new int[rows];
        int[] gates = new int[rows];
        Arrays.fill(gates, scores.length);
        for (int expert = 0; expert < experts; expert++) {
            int row = expert == 0 ? 0 : ends[expert - 1];
            for (int token = 0; token < count; token++) {
                if (meets[token * experts + expert]) {
                    tokens[row] = token;
                    gates[row++] = token * experts + expert;
                }
            }
        }
        return new Choice(count, tokens, gates, chosen, ends);
    }

    private static int best(float[] scores, boolean[] taken, int from, int experts) {
        int best = -1;
        for (int at = from; at < from + experts; at++) {
            if (!taken[at] && (best < 0 || scores[at] > scores[best])) {
                best = at;
            }
        }
        return best;
    }
}
