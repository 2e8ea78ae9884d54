package apportion.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DocumentReaderTest {

    private static final int LIMIT = 1000;

    @Test
    void everyFormatSaysWhatARecordIs() throws IOException {
        String text = "one\r\ntwo\n\n\r\nthree\n \nfour\n\nfive";

        assertThat(texts(MemoryFile.of(text), new RecordFormat.Lines()))
                .containsExactly("one", "two", "three", " ", "four", "five");
        assertThat(texts(MemoryFile.of(text), new RecordFormat.Blocks()))
                .containsExactly("one\r\ntwo", "three\n \nfour", "five");
        assertThat(texts(MemoryFile.of(text), new RecordFormat.WholeFile())).containsExactly(text);
        assertThat(texts(
                        MemoryFile.of("{\"body\":\"a\\nb\"}\n\n{\"id\":1,\"body\":\"c\"}"),
                        new RecordFormat.JsonLines("body")))
                .containsExactly("a\nb", "c");
    }

    @ParameterizedTest
    @MethodSource("splittableFormats")
    void everyRecordIsReadOnceHoweverAFileIsSplit(RecordFormat format) throws IOException {
        Random random = new Random(11);
        String[] pieces = {"a", "bc", "\n", "\n", "\n\n", "\r\n", "\r\n\r\n", "\r", " ", "é", "\n\n\n", "\uFEFF"};
        for (int trial = 0; trial < 400; trial++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(25); i > 0; i--) {
                text.append(pieces[random.nextInt(pieces.length)]);
            }
            MemoryFile file = MemoryFile.of(text.toString());
            int length = text.toString().getBytes(StandardCharsets.UTF_8).length;
            List<Reading> whole = file.read(ByteRange.ALL, rules(format, OnBadText.FAIL));
            for (int parts = 1; parts <= 6; parts++) {
                assertThat(readInRanges(file, length, parts, random, format))
                        .as("%s in %d ranges", text, parts)
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void noFiniteSplitIsTooFine() throws IOException {
        String text = "one\n\ntwo\r\n\r\n\nthree\n\n\n\nfour\n";
        for (RecordFormat format : splittableFormats().toList()) {
            List<Reading> bytewise = new ArrayList<>();
            for (int start = 0; start < text.length(); start++) {
                bytewise.addAll(
                        MemoryFile.of(text).read(new ByteRange(start, start + 1), rules(format, OnBadText.FAIL)));
            }
            assertThat(bytewise).isEqualTo(MemoryFile.of(text).read(ByteRange.ALL, rules(format, OnBadText.FAIL)));
        }
    }

    @Test
    void compressedFilesAreReadToTheEndOfTheirLastMember() throws IOException {
        byte[] gzip = joined(gzip("one\ntw"), gzip("o\nthree"));
        byte[] zstd = joined(Zstd.compress(bytes("one\ntw")), Zstd.compress(bytes("o\nthree")));

        for (byte[] file : List.of(gzip, zstd)) {
            assertThat(texts(MemoryFile.of(file), new RecordFormat.Lines())).containsExactly("one", "two", "three");
        }
        assertThat(Compression.of(MemoryFile.of(gzip))).isEqualTo(Compression.GZIP);
        assertThat(Compression.of(MemoryFile.of(zstd))).isEqualTo(Compression.ZSTD);
        assertThat(Compression.of(MemoryFile.of(""))).isEqualTo(Compression.NONE);
    }

    @Test
    void aCompressedFileThatIsCutShortFailsWhateverThePolicy() throws IOException {
        String text = new Random(1)
                .ints(5000, 'a', 'z')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        for (byte[] whole : List.of(gzip(text), Zstd.compress(bytes(text)))) {
            for (int length = 5; length < whole.length; length += 97) {
                MemoryFile file = MemoryFile.of(Arrays.copyOf(whole, length));
                assertThatThrownBy(() -> file.read(
                                ByteRange.ALL,
                                new DocumentReader.Rules(new RecordFormat.WholeFile(), OnBadText.SKIP, 10_000)))
                        .as("%d of %d bytes", length, whole.length)
                        .isInstanceOf(CorpusException.class)
                        .hasMessageContaining("memory.txt")
                        .hasMessageContaining("cut short or damaged");
            }
        }
    }

    @Test
    void aBadByteIsNamedByFileAndOffset() {
        byte[] latin1 = "first\ncaf\u00e9 au lait\n".getBytes(StandardCharsets.ISO_8859_1);

        assertThatThrownBy(() -> texts(MemoryFile.of(latin1), new RecordFormat.Lines()))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("memory.txt")
                .hasMessageContaining("0xE9 at offset 9")
                .hasMessageContaining("iconv")
                .hasMessageContaining("on-bad-text");
    }

    @Test
    void badRecordsAreCountedUnderTheOtherPolicy() throws IOException {
        byte[] file = joined(
                bytes("good\nbad "),
                new byte[] {(byte) 0xC3, '\n', 'n', 0, '\n'},
                bytes("x".repeat(1001)),
                bytes("\nend \uFFFD"));

        assertThat(MemoryFile.of(file).read(ByteRange.ALL, rules(new RecordFormat.Lines(), OnBadText.SKIP)))
                .containsExactly(
                        new Reading.Kept(new Document("memory.txt", 0, "good")),
                        new Reading.Dropped(Drop.NOT_UTF8),
                        new Reading.Dropped(Drop.BINARY),
                        new Reading.Dropped(Drop.TOO_LONG),
                        new Reading.Kept(new Document("memory.txt", file.length - 7, "end \uFFFD")));
    }

    @Test
    void overlongFormsAndSurrogatesAreNotUtf8() {
        for (byte[] bad : List.of(
                new byte[] {(byte) 0xC0, (byte) 0x80},
                new byte[] {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
                new byte[] {(byte) 0xF5, (byte) 0x80, (byte) 0x80, (byte) 0x80},
                new byte[] {(byte) 0xE2, (byte) 0x82})) {
            assertThatThrownBy(() -> texts(MemoryFile.of(joined(bytes("ab"), bad)), new RecordFormat.WholeFile()))
                    .hasMessageContaining("offset 2 is not UTF-8");
        }
    }

    @Test
    void aBinaryFileAndUtf16AreCalledThat() {
        assertThatThrownBy(() -> texts(MemoryFile.of("PK\u0003\u0004\0\0"), new RecordFormat.WholeFile()))
                .hasMessageContaining("offset 4 is NUL")
                .hasMessageContaining("binary");
        assertThatThrownBy(() -> texts(
                        MemoryFile.of("\uFEFFtext".getBytes(StandardCharsets.UTF_16LE)), new RecordFormat.Lines()))
                .hasMessageContaining("UTF-16");
    }

    @Test
    void aByteOrderMarkIsNoText() throws IOException {
        assertThat(texts(MemoryFile.of("\uFEFFa\nb\uFEFF"), new RecordFormat.Lines()))
                .containsExactly("a", "b\uFEFF");
    }

    @Test
    void jsonThatIsBrokenOrLacksTheFieldIsNamed() {
        RecordFormat format = new RecordFormat.JsonLines("text");
        assertThatThrownBy(() -> texts(MemoryFile.of("{\"text\":\"a\"}\n{\"text\":"), format))
                .hasMessageContaining("line at offset 13 is not JSON");
        assertThatThrownBy(() -> texts(MemoryFile.of("{\"body\":\"a\"}"), format))
                .hasMessageContaining("no text in the field \"text\"");
        assertThatThrownBy(() -> texts(MemoryFile.of("[1]"), format)).hasMessageContaining("no text in the field");
    }

    @Test
    void aLineOfAHundredMegabytesIsRefusedWithoutBeingHeld() throws IOException {
        long length = 100L << 20;
        CorpusFile endless = new CorpusFile() {
            @Override
            public String name() {
                return "long.txt";
            }

            @Override
            public InputStream open(long offset) {
                return new Repeated('x', length - offset);
            }
        };
        DocumentReader.Rules skip = rules(new RecordFormat.Lines(), OnBadText.SKIP);
        try (DocumentReader reader = new DocumentReader(endless, ByteRange.ALL, skip)) {
            assertThat(reader.next()).contains(new Reading.Dropped(Drop.TOO_LONG));
            assertThat(reader.next()).isEmpty();
        }
        DocumentReader.Rules fail = rules(new RecordFormat.Lines(), OnBadText.FAIL);
        try (DocumentReader reader = new DocumentReader(endless, ByteRange.ALL, fail)) {
            assertThatThrownBy(reader::next)
                    .hasMessageContaining("long.txt")
                    .hasMessageContaining("offset 0 is longer than 1000 bytes")
                    .hasMessageContaining("max-document-bytes");
        }
    }

    @Test
    void aRecordOfJustTheLimitIsKept() throws IOException {
        String line = "x".repeat(LIMIT);
        assertThat(texts(MemoryFile.of(line + "\r\n" + line), new RecordFormat.Lines()))
                .containsExactly(line, line);
        assertThat(texts(MemoryFile.of(line + "\r\n\r\n" + line), new RecordFormat.Blocks()))
                .containsExactly(line, line);
    }

    @Test
    void anEmptyFileHasNoRecords() throws IOException {
        for (String text : List.of("", "\n", "\r\n\n")) {
            assertThat(texts(MemoryFile.of(text), new RecordFormat.Lines())).isEmpty();
            assertThat(texts(MemoryFile.of(text), new RecordFormat.Blocks())).isEmpty();
        }
    }

    private static Stream<RecordFormat> splittableFormats() {
        return Stream.of(new RecordFormat.Lines(), new RecordFormat.Blocks());
    }

    private static List<Reading> readInRanges(
            MemoryFile file, int length, int parts, Random random, RecordFormat format) throws IOException {
        int[] cuts = random.ints(parts - 1L, 0, length + 1).sorted().toArray();
        List<Reading> readings = new ArrayList<>();
        long start = 0;
        for (int part = 0; part < parts; part++) {
            long end = part < parts - 1 ? cuts[part] : length;
            readings.addAll(file.read(new ByteRange(start, end), rules(format, OnBadText.FAIL)));
            start = end;
        }
        return readings;
    }

    private static List<String> texts(MemoryFile file, RecordFormat format) throws IOException {
        return file.read(ByteRange.ALL, rules(format, OnBadText.FAIL)).stream()
                .map(reading -> ((Reading.Kept) reading).document().text())
                .toList();
    }

    private static DocumentReader.Rules rules(RecordFormat format, OnBadText onBadText) {
        return new DocumentReader.Rules(format, onBadText, LIMIT);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(bytes(text));
        }
        return bytes.toByteArray();
    }

    private static byte[] joined(byte[]... pieces) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] piece : pieces) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    /** One byte over and over, of which nothing is stored. */
    private static final class Repeated extends InputStream {
        private final char value;
        private long left;

        Repeated(char value, long left) {
            this.value = value;
            this.left = left;
        }

        @Override
        public int read() {
            return left-- > 0 ? value : -1;
        }

        @Override
        public int read(byte[] out, int from, int most) {
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(left, most);
            Arrays.fill(out, from, from + count, (byte) value);
            left -= count;
            return count;
        }
    }
}
