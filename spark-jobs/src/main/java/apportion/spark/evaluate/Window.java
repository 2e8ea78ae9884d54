package apportion.spark.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Tokens that go through the model at once.
 *
 * @param document ordinal of the document of the first token; end-of-document tokens tell where the next begins
 * @param tokens inputs and the token behind the last
 * @param firstTarget index of the first token to predict, at least 1; those before it are context only
 */
record Window(long document, int[] tokens, int firstTarget) implements Serializable {

    /**
     * Cuts a document so that every token but the first is predicted exactly once.
     *
     * @param context most inputs of a window
     * @param stride tokens from one window to the next; less than {@code context} gives tokens more to go by
     */
    static List<Window> of(long document, int[] tokens, int context, int stride) {
        List<Window> windows = new ArrayList<>();
        int predicted = 1;
        for (int from = 0; predicted < tokens.length; from += stride) {
            int to = Math.min(from + context + 1, tokens.length);
            windows.add(new Window(document, Arrays.copyOfRange(tokens, from, to), predicted - from));
            predicted = to;
        }
        return windows;
    }

    int inputs() {
        return tokens.length - 1;
    }
}
