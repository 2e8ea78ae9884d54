package apportion.data.tokenize;

import java.util.Arrays;

/** One thread's way from text to tokens: the word cache and the buffers that it needs. */
final class TextEncoder {

    /** Buffers above this are given back after the text that needed them, in tokens. */
    private static final int LARGEST_KEPT = 1 << 20;

    private final WordMerger merger;
    private final WordCache cache = new WordCache();
    private int[] out = new int[1 << 12];

    TextEncoder(WordMerger merger) {
        this.merger = merger;
    }

    int[] encode(byte[] utf8) {
        int count = 0;
        int start = 0;
        while (start < utf8.length) {
            int end = Words.end(utf8, start);
            reserve(count, end - start, utf8.length);
            count += encodeWord(utf8, start, end, count);
            start = end;
        }
        int[] tokens = Arrays.copyOf(out, count);
        if (out.length > LARGEST_KEPT) {
            out = new int[LARGEST_KEPT];
        }
        return tokens;
    }

    private int encodeWord(byte[] utf8, int start, int end, int at) {
        if (end - start > WordCache.LONGEST) {
            return merger.merge(utf8, start, end, out, at);
        }
        long hash = WordCache.hash(utf8, start, end);
        int known = cache.find(hash, utf8, start, end, out, at);
        if (known > 0) {
            return known;
        }
        int count = merger.merge(utf8, start, end, out, at);
        cache.add(hash, utf8, start, end, out, at, count);
        return count;
    }

    private void reserve(int count, int more, int most) {
        if (out.length - count < more) {
            // A text has at most one token a byte.
            out = Arrays.copyOf(out, (int) Math.min(most, Math.max(count + (long) more, out.length * 2L)));
        }
    }
}
