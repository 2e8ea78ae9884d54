package apportion.data.corpus;

import java.io.Serializable;

/**
 * A part of a file, in bytes.
 *
 * @param start first byte
 * @param end one past the last byte
 */
public record ByteRange(long start, long end) implements Serializable {

    /** A whole file, whatever its length. */
    public static final ByteRange ALL = new ByteRange(0, Long.MAX_VALUE);

    public ByteRange {
        if (start < 0 || end < start) {
            throw new IllegalArgumentException(
                    "range from byte " + start + " to " + end + ", but it must start at 0 or later and not end before");
        }
    }
}
