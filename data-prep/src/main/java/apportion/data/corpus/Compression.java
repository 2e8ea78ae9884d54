package apportion.data.corpus;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.tukaani.xz.MemoryLimitException;
import org.tukaani.xz.XZInputStream;

/** How a file is compressed, told by its first bytes, whatever the name says. */
enum Compression {
    NONE(""),
    GZIP("gzip"),
    ZSTD("zstd"),
    BZIP2("bzip2"),
    XZ("xz");

    private final String label;

    Compression(String label) {
        this.label = label;
    }

    /** Its name in messages. */
    String label() {
        return label;
    }

    static Compression of(byte[] head) {
        if (Magic.starts(head, "1f8b")) {
            return GZIP;
        }
        if (Magic.starts(head, "28b52ffd") || isSkippableFrame(head)) {
            return ZSTD;
        }
        if (Magic.starts(head, "fd377a585a00")) {
            return XZ;
        }
        // Behind the block size stand the digits of pi, or of its square root in an empty file.
        boolean bzip2 = Magic.starts(head, "425a68")
                && (Magic.at(head, 4, "314159265359") || Magic.at(head, 4, "177245385090"));
        return bzip2 ? BZIP2 : NONE;
    }

    /** Parallel compressors write one first. */
    private static boolean isSkippableFrame(byte[] head) {
        return Magic.at(head, 1, "2a4d18") && (head[0] & 0xF0) == 0x50;
    }

    /** What a file's name promises. */
    static Optional<Compression> named(String name) {
        return switch (name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT)) {
            case "gz", "gzip", "tgz" -> Optional.of(GZIP);
            case "zst", "zstd", "tzst" -> Optional.of(ZSTD);
            case "bz2", "tbz", "tbz2" -> Optional.of(BZIP2);
            case "xz", "txz" -> Optional.of(XZ);
            default -> Optional.empty();
        };
    }

    /** The content of a whole file. */
    InputStream decompress(InputStream file) throws IOException {
        return switch (this) {
            case NONE -> file;
            case GZIP -> new GzipMembers(new BufferedInputStream(file, 1 << 16));
            case ZSTD -> new ZstdFrames(file);
            case BZIP2 -> new BZip2CompressorInputStream(new BufferedInputStream(file, 1 << 16), true);
            case XZ -> unpackXz(new BufferedInputStream(file, 1 << 16));
        };
    }

    /** Its dictionary stands in the heap, of which other tasks need some, too. */
    private static InputStream unpackXz(InputStream file) throws IOException {
        long quarter = Runtime.getRuntime().maxMemory() / 4;
        return new XZInputStream(file, (int) Math.min(Integer.MAX_VALUE, quarter >> 10));
    }

    /** What is wrong, where the library speaks of numbers alone. */
    static String explained(Exception e) {
        if (e instanceof MemoryLimitException memory) {
            return "its dictionary needs " + (memory.getMemoryNeeded() >> 10) + " MiB, but "
                    + (memory.getMemoryLimit() >> 10)
                    + " MiB are a quarter of the memory; give more, or compress with a smaller one, such as xz -9";
        }
        return String.valueOf(e.getMessage());
    }
}
