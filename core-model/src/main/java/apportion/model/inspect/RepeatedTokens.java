package apportion.model.inspect;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Rows of random tokens that are repeated once, on which Olsson et al. 2022 look for induction heads: nothing but the
 * first half says what comes next in the second. How many rows there are, and how long they are, is our choice.
 */
public final class RepeatedTokens {

    private static final int ROWS = 16;

    private static final int LONGEST_HALF = 64;

    private static final long SEED = 1;

    private RepeatedTokens() {}

    /**
     * The rows, always the same of a model: half of its context twice, at most {@value #LONGEST_HALF} tokens, which
     * differ from each other within a half, and the first one again as the last to be predicted.
     */
    public static List<int[]> rows(int vocabulary, int context) {
        int half = Math.min(Math.min(LONGEST_HALF, context / 2), vocabulary);
        Random random = new Random(SEED);
        List<int[]> rows = new ArrayList<>();
        for (int row = 0; row < ROWS && half > 0; row++) {
            Set<Integer> drawn = new LinkedHashSet<>();
            while (drawn.size() < half) {
                drawn.add(random.nextInt(vocabulary));
            }
            rows.add(twice(drawn.stream().mapToInt(token -> token).toArray()));
        }
        return rows;
    }

    private static int[] twice(int... half) {
        int[] row = new int[2 * half.length + 1];
        for (int i = 0; i < row.length; i++) {
            row[i] = half[i % half.length];
        }
        return row;
    }
}
