package apportion.data.corpus;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What files are that are often found among texts, told by their first bytes, so that a message can name it.
 *
 * <p>Where the magic number consists of letters, a text may begin with it: then the format is taken for granted only if
 * the bytes behind it are no text.
 */
enum ForeignFormat {
    UTF_32("UTF-32", Remedy.CONVERT.formatted("UTF-32"), "fffe0000 0000feff"),
    UTF_16("UTF-16", Remedy.CONVERT.formatted("UTF-16"), "fffe feff"),
    UTF_32LE("UTF-32 without a byte order mark", Remedy.CONVERT.formatted("UTF-32LE")),
    UTF_32BE("UTF-32 without a byte order mark", Remedy.CONVERT.formatted("UTF-32BE")),
    UTF_16LE("UTF-16 without a byte order mark", Remedy.CONVERT.formatted("UTF-16LE")),
    UTF_16BE("UTF-16 without a byte order mark", Remedy.CONVERT.formatted("UTF-16BE")),
    ZIP("a zip archive", Remedy.UNPACK, "504b0304 504b0506 504b0708"),
    SEVEN_ZIP("a 7z archive", Remedy.UNPACK, "377abcaf271c"),
    RAR("a RAR archive", Remedy.UNPACK, "526172211a07"),
    TAR("a tar archive", Remedy.UNPACK) {
        @Override
        boolean matches(byte[] head, boolean text) {
            return !text && Magic.at(head, 257, "7573746172");
        }
    },
    LZ4("compressed by lz4", Remedy.COMPRESS, "04224d18 02214c18"),
    SNAPPY("compressed by snappy", Remedy.COMPRESS, "ff060000734e61507059 82534e4150505900"),
    LZMA("compressed by lzma", Remedy.COMPRESS) {
        @Override
        boolean matches(byte[] head, boolean text) {
            // Its usual properties, and a dictionary of whole pages.
            return !text && Magic.starts(head, "5d0000");
        }
    },
    LZIP("compressed by lzip", Remedy.COMPRESS, "4c5a495001"),
    LZOP("compressed by lzop", Remedy.COMPRESS, "894c5a4f000d0a1a0a"),
    COMPRESS("compressed by compress", Remedy.COMPRESS, "1f9d"),
    PARQUET("a Parquet file", Remedy.TABLE, "50415231 50415245"),
    ORC("an ORC file", Remedy.EXPORT, "4f5243"),
    AVRO("an Avro file", Remedy.EXPORT, "4f626a01") {
        @Override
        boolean matches(byte[] head, boolean text) {
            // A schema in JSON follows, but no text has a control character there.
            return hasMagic(head);
        }
    },
    ARROW("an Arrow file", Remedy.EXPORT, "4152524f5731"),
    SQLITE("an SQLite database", Remedy.EXPORT, "53514c69746520666f726d6174203300"),
    PDF("a PDF document", "extract its text (pdftotext)", "255044462d") {
        @Override
        boolean matches(byte[] head, boolean text) {
            // All its bytes may be letters.
            return hasMagic(head);
        }
    };

    private static final class Remedy {
        private static final String CONVERT = "convert it (iconv -f %s -t UTF-8)";
        private static final String UNPACK = "unpack it";
        private static final String COMPRESS = "unpack it, or compress it by gzip, zstd, bzip2 or xz";
        private static final String TABLE = "read it with data.format { type = parquet, column = ... }";
        private static final String EXPORT = "export its texts as JSON lines or Parquet";
    }

    private static final Pattern SPACE = Pattern.compile(" ");

    private final String label;
    private final String remedy;
    /** In hexadecimal, several with spaces between; empty if there is none. */
    private final String magic;

    ForeignFormat(String label, String remedy) {
        this(label, remedy, "");
    }

    ForeignFormat(String label, String remedy, String magic) {
        this.label = label;
        this.remedy = remedy;
        this.magic = magic;
    }

    /** Its name in messages, as in "this is ...". */
    String label() {
        return label;
    }

    String remedy() {
        return remedy;
    }

    Drop reason() {
        return compareTo(UTF_16BE) <= 0 ? Drop.NOT_UTF8 : Drop.BINARY;
    }

    /** What a file is that begins so; nothing if it may be text. */
    static Optional<ForeignFormat> of(byte[] head) {
        boolean text = isText(head);
        for (ForeignFormat format : values()) {
            if (format.matches(head, text)) {
                return Optional.of(format);
            }
        }
        return text ? Optional.empty() : unmarked(head);
    }

    boolean matches(byte[] head, boolean text) {
        return !text && hasMagic(head);
    }

    final boolean hasMagic(byte[] head) {
        return !magic.isEmpty() && SPACE.splitAsStream(magic).anyMatch(number -> Magic.starts(head, number));
    }

    /** Whether bytes may start a text in UTF-8. */
    static boolean isText(byte[] head) {
        for (byte value : head) {
            if (value == 0) {
                return false;
            }
        }
        return decode(head, StandardCharsets.UTF_8).isPresent();
    }

    /** UTF-16 and UTF-32 spell letters with zeros, always on the same side of them. */
    private static Optional<ForeignFormat> unmarked(byte[] head) {
        int[] zeros = new int[4];
        for (int i = 0; i < head.length; i++) {
            zeros[i % 4] += head[i] == 0 ? 1 : 0;
        }
        int even = zeros[0] + zeros[2];
        int odd = zeros[1] + zeros[3];
        // One zero alone is as likely to be a binary file's.
        if (Math.max(even, odd) < 2) {
            return Optional.empty();
        }
        boolean big = even > odd || (even == odd && zeros[0] > zeros[3]);
        if (isPlausible(head, big ? "UTF-32BE" : "UTF-32LE", 4)) {
            return Optional.of(big ? UTF_32BE : UTF_32LE);
        }
        // An ideograph may have a zero on the other side.
        if (4 * Math.min(even, odd) <= Math.max(even, odd) && isPlausible(head, big ? "UTF-16BE" : "UTF-16LE", 2)) {
            return Optional.of(big ? UTF_16BE : UTF_16LE);
        }
        return Optional.empty();
    }

    private static boolean isPlausible(byte[] head, String charset, int unit) {
        byte[] whole = Arrays.copyOf(head, head.length - head.length % unit);
        Optional<CharBuffer> text = decode(whole, Charset.forName(charset));
        return whole.length > 0 && text.isPresent() && text.get().codePoints().allMatch(ForeignFormat::isOrdinary);
    }

    private static boolean isOrdinary(int point) {
        return Character.isISOControl(point)
                ? point == '\n' || point == '\r' || point == '\t' || point == '\f'
                : Character.isDefined(point) && Character.getType(point) != Character.PRIVATE_USE;
    }

    /** A character that is cut at the end does not count. */
    private static Optional<CharBuffer> decode(byte[] bytes, Charset charset) {
        CharBuffer text = CharBuffer.allocate(bytes.length);
        boolean malformed =
                charset.newDecoder().decode(ByteBuffer.wrap(bytes), text, false).isError();
        return malformed ? Optional.empty() : Optional.of(text.flip());
    }
}
