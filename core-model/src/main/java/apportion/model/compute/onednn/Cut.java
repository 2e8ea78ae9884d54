package apportion.model.compute.onednn;

/**
 * How a number of rows is cut into chunks: full blocks of a power of two, then one piece for each power of two in the
 * rest. So any number of rows needs only a handful of different primitives.
 *
 * @param rows to be cut
 * @param block rows of a full chunk; a power of two
 */
record Cut(int rows, int block) {

    static Cut of(long rows, int block) {
        return new Cut(Math.toIntExact(rows), block);
    }

    /** The largest power of two that is at most {@code value}, and at least 1. */
    static int powerOfTwo(long value) {
        return (int) Long.highestOneBit(Math.max(1, Math.min(value, 1 << 30)));
    }

    int chunks() {
        return rows / block + Integer.bitCount(rows % block);
    }

    int start(int chunk) {
        int full = rows / block;
        if (chunk <= full) {
            return chunk * block;
        }
        int rest = rows % block;
        for (int i = full; i < chunk; i++) {
            rest -= Integer.highestOneBit(rest);
        }
        return rows - rest;
    }

    int size(int chunk) {
        return chunk < rows / block ? block : Integer.highestOneBit(rows - start(chunk));
    }
}
