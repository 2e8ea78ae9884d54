package apportion.data.corpus;

import com.github.luben.zstd.ZstdInputStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** How a file is compressed, told by its first bytes. */
public enum Compression {
    NONE,
    GZIP,
    ZSTD;

    private static final int MAGIC_BYTES = 4;

    /** Told by the first bytes, whatever the name says; neither magic number is valid UTF-8. */
    public static Compression of(CorpusFile file) throws IOException {
        try (InputStream in = file.open(0)) {
            return of(in.readNBytes(MAGIC_BYTES));
        }
    }

    private static Compression of(byte[] head) {
        if (head.length >= 2 && (head[0] & 0xFF) == 0x1F && (head[1] & 0xFF) == 0x8B) {
            return GZIP;
        }
        boolean zstd = head.length == MAGIC_BYTES
                && (head[0] & 0xFF) == 0x28
                && (head[1] & 0xFF) == 0xB5
                && (head[2] & 0xFF) == 0x2F
                && (head[3] & 0xFF) == 0xFD;
        return zstd ? ZSTD : NONE;
    }

    /** A whole file's bytes, decompressed if they need it. */
    static InputStream decompressed(InputStream raw) throws IOException {
        KnownEnd in = new KnownEnd(raw);
        in.mark(MAGIC_BYTES);
        byte[] head = in.readNBytes(MAGIC_BYTES);
        in.reset();
        return switch (of(head)) {
            case NONE -> in;
            case GZIP -> new GZIPInputStream(in, 1 << 16);
            case ZSTD -> new ZstdInputStream(in);
        };
    }

    /**
     * A stream that says 0 bytes are available only at its end. GZIPInputStream takes 0 for the end of the file, and
     * would lose all but the first member of a file on a network.
     */
    private static final class KnownEnd extends BufferedInputStream {

        private KnownEnd(InputStream in) {
            super(in, 1 << 16);
        }

        @Override
        public synchronized int available() throws IOException {
            if (pos < count) {
                return count - pos;
            }
            mark(1);
            int next = read();
            reset();
            return next < 0 ? 0 : 1;
        }
    }
}
