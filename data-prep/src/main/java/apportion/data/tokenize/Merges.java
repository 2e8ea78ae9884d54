package apportion.data.tokenize;

import java.util.Arrays;

/** The learned merges, found by the pair of tokens that they join: an open-addressed table of primitives. */
final class Merges {

    static final int NONE = Integer.MAX_VALUE;

    private final long[] pairs;
    private final int[] ranks;
    private final int[] lefts;
    private final int[] rights;
    private final int[] results;
    private final int shift;

    /** Merge number r joins lefts[r] and rights[r] into results[r]. */
    Merges(int[] lefts, int[] rights, int[] results) {
        this.lefts = lefts;
        this.rights = rights;
        this.results = results;
        int bits = 32 - Integer.numberOfLeadingZeros(Math.max(8, lefts.length * 2));
        shift = 64 - bits;
        pairs = new long[1 << bits];
        ranks = new int[1 << bits];
        Arrays.fill(ranks, NONE);
        for (int rank = 0; rank < lefts.length; rank++) {
            add(rank);
        }
    }

    int count() {
        return results.length;
    }

    int left(int rank) {
        return lefts[rank];
    }

    int right(int rank) {
        return rights[rank];
    }

    /** The token that a merge makes. */
    int result(int rank) {
        return results[rank];
    }

    /** Number of the merge that joins two tokens, or {@link #NONE}; a lower number goes first. */
    int rank(int left, int right) {
        long pair = pair(left, right);
        int slot = slot(pair);
        while (ranks[slot] != NONE && pairs[slot] != pair) {
            slot = (slot + 1) & (pairs.length - 1);
        }
        return ranks[slot];
    }

    private void add(int rank) {
        long pair = pair(lefts[rank], rights[rank]);
        int slot = slot(pair);
        while (ranks[slot] != NONE) {
            if (pairs[slot] == pair) {
                throw new IllegalArgumentException("merge " + rank + " repeats merge " + ranks[slot]);
            }
            slot = (slot + 1) & (pairs.length - 1);
        }
        pairs[slot] = pair;
        ranks[slot] = rank;
    }

    private int slot(long pair) {
        // Fibonacci hashing: the high bits of the product depend on every bit of the pair.
        return (int) ((pair * 0x9E3779B97F4A7C15L) >>> shift);
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }
}
