package apportion.data.tokenize;

import java.util.Arrays;
import java.util.PriorityQueue;

/**
 * Applies merges to one word: always the merge learned first, the leftmost of equals, until none applies.
 *
 * <p>Most words are short, where looking at every pair again after each merge is fastest. A long word (a run of a
 * million dashes is one) takes a queue of pairs, which keeps the time at n log n.
 */
final class WordMerger {

    private static final int LONG_WORD = 96;

    private final int[] byteTokens;
    private final Merges merges;
    private final int[] ranks = new int[LONG_WORD];

    WordMerger(int[] byteTokens, Merges merges) {
        this.byteTokens = byteTokens;
        this.merges = merges;
    }

    /**
     * Writes the tokens of a word to {@code out} from {@code at} on, which must have room for one a byte; says how
     * many.
     */
    int merge(byte[] utf8, int start, int end, int[] out, int at) {
        int length = end - start;
        for (int i = 0; i < length; i++) {
            out[at + i] = byteTokens[utf8[start + i] & 0xFF];
        }
        return length <= LONG_WORD ? mergeShort(out, at, length) : mergeLong(out, at, length);
    }

    private int mergeShort(int[] tokens, int at, int length) {
        for (int i = 0; i + 1 < length; i++) {
            ranks[i] = merges.rank(tokens[at + i], tokens[at + i + 1]);
        }
        int count = length;
        while (count > 1) {
            int best = first(count - 1);
            if (ranks[best] == Merges.NONE) {
                break;
            }
            tokens[at + best] = merges.result(ranks[best]);
            count--;
            System.arraycopy(tokens, at + best + 2, tokens, at + best + 1, count - best - 1);
            System.arraycopy(ranks, best + 1, ranks, best, count - best - 1);
            if (best > 0) {
                ranks[best - 1] = merges.rank(tokens[at + best - 1], tokens[at + best]);
            }
            if (best + 1 < count) {
                ranks[best] = merges.rank(tokens[at + best], tokens[at + best + 1]);
            }
        }
        return count;
    }

    private int first(int pairs) {
        int best = 0;
        for (int i = 1; i < pairs; i++) {
            if (ranks[i] < ranks[best]) {
                best = i;
            }
        }
        return best;
    }

    private int mergeLong(int[] tokens, int at, int length) {
        int[] symbols = Arrays.copyOfRange(tokens, at, at + length);
        int[] next = new int[length];
        int[] previous = new int[length];
        // Rank in the high half, position in the low half: the natural order of longs is the order of merging.
        PriorityQueue<Long> queue = new PriorityQueue<>();
        for (int i = 0; i < length; i++) {
            next[i] = i + 1;
            previous[i] = i - 1;
            offer(queue, symbols, next, i);
        }
        while (!queue.isEmpty()) {
            long head = queue.remove();
            int rank = (int) (head >>> 32);
            int left = (int) head;
            // A pair that has changed since it was queued; its new form was queued then.
            if (symbols[left] < 0 || rank(symbols, next, left) != rank) {
                continue;
            }
            int right = next[left];
            symbols[left] = merges.result(rank);
            symbols[right] = -1;
            next[left] = next[right];
            if (next[left] < length) {
                previous[next[left]] = left;
            }
            offer(queue, symbols, next, left);
            if (previous[left] >= 0) {
                offer(queue, symbols, next, previous[left]);
            }
        }
        int count = 0;
        for (int i = 0; i < length; i = next[i]) {
            tokens[at + count++] = symbols[i];
        }
        return count;
    }

    private void offer(PriorityQueue<Long> queue, int[] symbols, int[] next, int left) {
        int rank = rank(symbols, next, left);
        if (rank != Merges.NONE) {
            queue.add((long) rank << 32 | left);
        }
    }

    private int rank(int[] symbols, int[] next, int left) {
        return next[left] < symbols.length ? merges.rank(symbols[left], symbols[next[left]]) : Merges.NONE;
    }
}
