package apportion.data.corpus;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/** The bytes of a file, decompressed as its first bytes demand. */
final class FileContent extends InputStream {

    /** Bytes that tell what a file is: a tar archive says it at 257, and UTF-16 shows in a few lines. */
    private static final int HEAD = 1 << 10;

    private final String name;
    private final Compression compression;
    private final InputStream in;
    private Optional<BadRecord> refusal = Optional.empty();
    private long read;

    private FileContent(String name, Compression compression, InputStream in) {
        this.name = name;
        this.compression = compression;
        this.in = in;
    }

    /** From a byte of a file that is not compressed. */
    static FileContent from(CorpusFile file, long offset) throws IOException {
        return new FileContent(file.name(), Compression.NONE, new FileBytes(file.open(offset)));
    }

    /** The whole of a file. */
    static FileContent of(CorpusFile file) throws IOException {
        FileBytes bytes = new FileBytes(file.open(0));
        boolean opened = false;
        try {
            FileContent content = open(file.name(), bytes);
            opened = true;
            return content;
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        } finally {
            if (!opened) {
                bytes.close();
            }
        }
    }

    private static FileContent open(String name, InputStream bytes) throws IOException {
        byte[] first = bytes.readNBytes(HEAD);
        InputStream whole = new SequenceInputStream(new ByteArrayInputStream(first), bytes);
        Compression compression = Compression.of(first);
        try {
            InputStream decompressed = compression.decompress(whole);
            byte[] head = compression == Compression.NONE ? first : decompressed.readNBytes(HEAD);
            InputStream all = compression == Compression.NONE
                    ? whole
                    : new SequenceInputStream(new ByteArrayInputStream(head), decompressed);
            FileContent content = new FileContent(name, compression, all);
            content.refusal = refusal(name, compression, head);
            return content;
        } catch (UncheckedIOException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            throw damaged(name, 0, e);
        }
    }

    /** Whether a file's bytes are its text, so that they may be read in ranges. */
    static boolean isPlainText(CorpusFile file) throws IOException {
        try (FileContent content = of(file)) {
            return content.compression == Compression.NONE && content.refusal.isEmpty();
        }
    }

    /** Why nothing in here can be a text, if that shows at once. */
    Optional<BadRecord> refusal() {
        return refusal;
    }

    private static Optional<BadRecord> refusal(String name, Compression compression, byte[] head) {
        Optional<ForeignFormat> foreign = ForeignFormat.of(head);
        String subject = compression == Compression.NONE
                ? "the file is "
                : "the file is compressed by " + compression.label() + ", and what is in it is ";
        if (foreign.isPresent()) {
            return Optional.of(bad(
                    foreign.get().reason(),
                    subject + foreign.get().label() + ", but it must be text in UTF-8; "
                            + foreign.get().remedy()));
        }
        if (compression != Compression.NONE && Compression.of(head) != Compression.NONE) {
            return Optional.of(bad(
                    Drop.BINARY,
                    subject + "compressed again, by " + Compression.of(head).label() + "; unpack it once"));
        }
        return compression == Compression.NONE && head.length > 0 ? misnamed(name, head) : Optional.empty();
    }

    private static Optional<BadRecord> misnamed(String name, byte[] head) {
        Optional<Compression> promised = Compression.named(name);
        if (promised.isPresent()) {
            return Optional.of(bad(
                    Drop.BINARY,
                    "the name promises " + promised.get().label() + ", but the file does not begin as such files do;"
                            + " fetch or compress it again, or rename it if it is text"));
        }
        // Brotli has no magic number.
        return name.toLowerCase(Locale.ROOT).endsWith(".br") && !ForeignFormat.isText(head)
                ? Optional.of(bad(
                        Drop.BINARY,
                        "the file seems to be compressed by brotli; unpack it, or compress it by gzip, zstd, bzip2 or"
                                + " xz"))
                : Optional.empty();
    }

    private static BadRecord bad(Drop reason, String message) {
        return new BadRecord(reason, message + ", " + DocumentReader.SKIP_REMEDY);
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] out, int from, int most) throws IOException {
        try {
            int count = in.read(out, from, most);
            read += Math.max(0, count);
            return count;
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        } catch (IOException | RuntimeException e) {
            if (compression == Compression.NONE && e instanceof RuntimeException unexpected) {
                throw unexpected;
            }
            // Libraries throw whatever damaged bytes lead them to.
            throw damaged(name, read, e);
        }
    }

    private static CorpusException damaged(String name, long decompressed, Exception e) {
        return new CorpusException(
                name + ": the compressed file is cut short or damaged after " + decompressed + " decompressed bytes ("
                        + Compression.explained(e) + "); fetch or compress it again",
                e);
    }

    @Override
    public void close() throws IOException {
        in.close();
    }

    /** The file system's errors, unchecked on their way through a decompressor, which has its own checked ones. */
    private static final class FileBytes extends FilterInputStream {

        private FileBytes(InputStream in) {
            super(in);
        }

        @Override
        public int read() {
            try {
                return in.read();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public int read(byte[] out, int from, int most) {
            try {
                return in.read(out, from, most);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
