package apportion.data.corpus;

import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What a cleaned text is told by: the SHA-256 of its UTF-8, of which the first half is kept. Two different texts share
 * 128 bits by chance once in about 10^19 documents.
 */
public record ContentKey(long high, long low) implements Serializable, Comparable<ContentKey> {

    public static ContentKey of(String cleaned) {
        ByteBuffer digest = ByteBuffer.wrap(sha256().digest(cleaned.getBytes(StandardCharsets.UTF_8)));
        return new ContentKey(digest.getLong(), digest.getLong());
    }

    /** A number in [0, 1) that depends on the text and the seed alone, uniform over texts. */
    public double draw(long seed) {
        byte[] input =
                ByteBuffer.allocate(24).putLong(high).putLong(low).putLong(seed).array();
        long bits = ByteBuffer.wrap(sha256().digest(input)).getLong();
        return (bits >>> 11) * 0x1p-53;
    }

    @Override
    public int compareTo(ContentKey other) {
        int order = Long.compare(high, other.high);
        return order != 0 ? order : Long.compare(low, other.low);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
