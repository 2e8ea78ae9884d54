package apportion.data.tokenize;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Tokens of the words met lately, for one thread; about 4 MB, emptied when full.
 *
 * <p>Text repeats its words so often that nearly all of them come from here. Keys and values lie end to end in two
 * arrays, so that a word costs no object.
 */
final class WordCache {

    /** Longer words are rare, and would push out many short ones. */
    static final int LONGEST = 64;

    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final int SLOTS = 1 << 16;
    private static final int MOST_ENTRIES = SLOTS / 2;

    private final long[] hashes = new long[SLOTS];
    private final int[] keyStarts = new int[SLOTS];
    private final int[] valueStarts = new int[SLOTS];
    private final byte[] keyLengths = new byte[SLOTS];
    private final byte[] valueLengths = new byte[SLOTS];
    private final byte[] keys = new byte[MOST_ENTRIES * 16];
    private final int[] values = new int[MOST_ENTRIES * 4];
    private int entries;
    private int keysEnd;
    private int valuesEnd;

    /** Writes the tokens of a known word to {@code out} and says how many, or says 0. */
    int find(long hash, byte[] word, int start, int end, int[] out, int at) {
        int slot = slot(hash);
        while (keyLengths[slot] != 0) {
            if (hashes[slot] == hash && isKey(slot, word, start, end)) {
                return copyValue(slot, out, at);
            }
            slot = (slot + 1) & (SLOTS - 1);
        }
        return 0;
    }

    /** Remembers a word that {@link #find} did not know. */
    void add(long hash, byte[] word, int start, int end, int[] tokens, int at, int count) {
        int length = end - start;
        if (entries == MOST_ENTRIES || keysEnd + length > keys.length || valuesEnd + count > values.length) {
            clear();
        }
        int slot = slot(hash);
        while (keyLengths[slot] != 0) {
            slot = (slot + 1) & (SLOTS - 1);
        }
        hashes[slot] = hash;
        keyStarts[slot] = keysEnd;
        keyLengths[slot] = (byte) length;
        valueStarts[slot] = valuesEnd;
        valueLengths[slot] = (byte) count;
        System.arraycopy(word, start, keys, keysEnd, length);
        System.arraycopy(tokens, at, values, valuesEnd, count);
        keysEnd += length;
        valuesEnd += count;
        entries++;
    }

    /** A hash of a word's bytes, eight at a time. */
    static long hash(byte[] word, int start, int end) {
        long hash = (long) end - start;
        int i = start;
        for (; i + 8 <= end; i += 8) {
            hash = mix(hash ^ (long) LONGS.get(word, i));
        }
        if (i < end) {
            long rest = 0;
            for (; i < end; i++) {
                rest = rest << 8 | (word[i] & 0xFF);
            }
            hash = mix(hash ^ rest);
        }
        return hash;
    }

    private static long mix(long value) {
        long product = value * 0x9E3779B97F4A7C15L;
        return product ^ product >>> 32;
    }

    private static int slot(long hash) {
        return (int) hash & (SLOTS - 1);
    }

    private boolean isKey(int slot, byte[] word, int start, int end) {
        int keyStart = keyStarts[slot];
        return Arrays.equals(keys, keyStart, keyStart + keyLengths[slot], word, start, end);
    }

    private int copyValue(int slot, int[] out, int at) {
        int from = valueStarts[slot];
        int count = valueLengths[slot];
        for (int i = 0; i < count; i++) {
            out[at + i] = values[from + i];
        }
        return count;
    }

    private void clear() {
        Arrays.fill(keyLengths, (byte) 0);
        entries = 0;
        keysEnd = 0;
        valuesEnd = 0;
    }
}
