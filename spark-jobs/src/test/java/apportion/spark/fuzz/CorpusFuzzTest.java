package apportion.spark.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.data.corpus.ByteRange;
import apportion.data.corpus.CorpusException;
import apportion.data.corpus.CorpusFile;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.OnBadText;
import apportion.data.corpus.Reading;
import apportion.data.corpus.RecordFormat;
import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.apache.commons.compress.compressors.xz.XZCompressorOutputStream;
import org.junit.jupiter.api.Test;

/** Texts, which come from anywhere. */
final class CorpusFuzzTest {

    private static final String TEXT = "It is a truth universally acknowledged,\nthat na\u00EFve \uD83D\uDE00 files\n\n"
            .repeat(20)
            .concat("end\n");

    /** A decompressor's windows and tables; a few bytes may stand for many that are equal. */
    private static final long WINDOWS = 192 << 20;

    /** Bytes that say how a file is compressed; what has less is taken for text. */
    private static final int MAGIC = 10;

    private interface Compressor {
        OutputStream on(OutputStream out) throws IOException;
    }

    private record File(byte[] bytes) implements CorpusFile {

        @Override
        public String name() {
            return "corpus";
        }

        @Override
        public InputStream open(long offset) {
            int from = (int) Math.min(offset, bytes.length);
            return new ByteArrayInputStream(bytes, from, bytes.length - from);
        }

        private List<Reading> read(RecordFormat format, OnBadText onBadText) throws IOException {
            List<Reading> readings = new ArrayList<>();
            DocumentReader.Rules rules = new DocumentReader.Rules(format, onBadText, 1 << 20);
            try (DocumentReader reader = new DocumentReader(this, ByteRange.ALL, rules)) {
                for (Optional<Reading> next = reader.next(); next.isPresent(); next = reader.next()) {
                    readings.add(next.get());
                }
            }
            return readings;
        }
    }

    private static byte[] compressed(String text, Compressor compressor) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (OutputStream out = compressor.on(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static OutputStream checkedZstd(OutputStream out) throws IOException {
        return new ZstdOutputStream(out).setChecksum(true);
    }

    private static byte[] joined(byte[] first, byte[] second) {
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(first);
        both.writeBytes(second);
        return both.toByteArray();
    }

    private static void fuzz(String format, Compressor compressor) throws IOException {
        byte[] one = compressed(TEXT, compressor);
        byte[] two = compressed("another\nmember\n", compressor);
        new Fuzz(
                        format,
                        List.of(CorpusException.class),
                        "corpus",
                        List.of(one, two, joined(one, two)),
                        List.of(Mutation.sometimes(Mutation::bytes)),
                        WINDOWS)
                .read(bytes -> new File(bytes).read(new RecordFormat.Lines(), OnBadText.FAIL));
    }

    @Test
    void gzip() throws IOException {
        fuzz("gzip", GZIPOutputStream::new);
    }

    @Test
    void zstd() throws IOException {
        fuzz("zstd", CorpusFuzzTest::checkedZstd);
    }

    @Test
    void bzip2() throws IOException {
        fuzz("bzip2", out -> new BZip2CompressorOutputStream(out, 1));
    }

    @Test
    void xz() throws IOException {
        fuzz("xz", out -> new XZCompressorOutputStream(out, 0));
    }

    @Test
    void jsonLines() {
        byte[] lines = """
                {"text": "a b\\n\\u00e9 \\ud83d\\ude00", "id": 12, "more": {"x": [1.5, -2e3, null]}}
                {"id": 0, "text": ""}
                {"text":null}
                """.getBytes(StandardCharsets.UTF_8);
        new Fuzz(
                        "JSON lines",
                        List.of(CorpusException.class),
                        "corpus",
                        List.of(lines),
                        List.of(Mutation::bytes, Mutation::text, Mutation::json),
                        Fuzz.SMALL)
                .read(bytes -> {
                    try {
                        new File(bytes).read(new RecordFormat.JsonLines("text"), OnBadText.SKIP);
                    } catch (CorpusException e) {
                        throw new AssertionError("a bad line was not skipped", e);
                    }
                    new File(bytes).read(new RecordFormat.JsonLines("text"), OnBadText.FAIL);
                });
    }

    /** Each has a sum over all of its bytes: what was changed is refused, or changed nothing that is read. */
    @Test
    void aFlippedBitOfACompressedFileNeverGivesAnotherText() throws IOException {
        List<Compressor> compressors = List.of(
                GZIPOutputStream::new,
                CorpusFuzzTest::checkedZstd,
                out -> new BZip2CompressorOutputStream(out, 1),
                out -> new XZCompressorOutputStream(out, 0));
        for (Compressor compressor : compressors) {
            byte[] whole = joined(compressed(TEXT, compressor), compressed("another\nmember\n", compressor));
            List<Reading> readings = new File(whole).read(new RecordFormat.Lines(), OnBadText.FAIL);
            for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
                byte[] flipped = whole.clone();
                flipped[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
                try {
                    assertThat(new File(flipped).read(new RecordFormat.Lines(), OnBadText.FAIL))
                            .as("bit " + bit + " of " + whole.length + " bytes")
                            .isEqualTo(readings);
                } catch (CorpusException refused) {
                    assertThat(refused).hasMessageContaining("corpus");
                }
            }
        }
    }

    /** Cut off anywhere but between two members, which are files of their own. */
    @Test
    void aCutOffFileIsRefused() throws IOException {
        List<Compressor> compressors = List.of(
                GZIPOutputStream::new,
                CorpusFuzzTest::checkedZstd,
                out -> new BZip2CompressorOutputStream(out, 1),
                out -> new XZCompressorOutputStream(out, 0));
        for (Compressor compressor : compressors) {
            byte[] first = compressed(TEXT, compressor);
            byte[] whole = joined(first, compressed("another\nmember\n", compressor));
            for (int length = MAGIC; length < whole.length; length++) {
                byte[] cut = Arrays.copyOf(whole, length);
                boolean refused = false;
                try {
                    new File(cut).read(new RecordFormat.Lines(), OnBadText.FAIL);
                } catch (CorpusException e) {
                    refused = true;
                }
                assertThat(refused)
                        .as("the first " + length + " of " + whole.length + " bytes, members of " + first.length)
                        .isEqualTo(length != first.length);
            }
        }
    }

    @Test
    void membersAreReadOneAfterTheOther() throws IOException {
        Random random = new Random(7);
        List<Compressor> compressors = List.of(
                GZIPOutputStream::new,
                CorpusFuzzTest::checkedZstd,
                out -> new BZip2CompressorOutputStream(out, 1),
                out -> new XZCompressorOutputStream(out, 0));
        for (Compressor compressor : compressors) {
            for (int trial = 0; trial < 20; trial++) {
                StringBuilder text = new StringBuilder();
                byte[] file = new byte[0];
                for (int members = 1 + random.nextInt(5); members > 0; members--) {
                    String member = "x".repeat(random.nextInt(3) * random.nextInt(100_000)) + random.nextInt();
                    text.append(member);
                    file = joined(file, compressed(member, compressor));
                }
                assertThat(new File(file).read(new RecordFormat.WholeFile(), OnBadText.FAIL))
                        .singleElement()
                        .satisfies(reading -> assertThat(
                                        ((Reading.Kept) reading).document().text())
                                .isEqualTo(text.toString()));
            }
        }
    }
}
