package apportion.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.ZstdOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.XZOutputStream;

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

    @ParameterizedTest
    @EnumSource(Packing.class)
    void compressedFilesAreReadToTheEndOfTheirLastMember(Packing packing) throws IOException {
        byte[] file = joined(packing.pack(bytes("one\ntw")), packing.pack(bytes("")), packing.pack(bytes("o\nthree")));

        assertThat(texts(MemoryFile.of(file), new RecordFormat.Lines())).containsExactly("one", "two", "three");
        assertThat(DocumentReader.isSplittable(MemoryFile.of(file), new RecordFormat.Lines()))
                .isFalse();
        assertThat(texts(MemoryFile.of(packing.pack(bytes(""))), new RecordFormat.WholeFile()))
                .isEmpty();
        assertThat(texts(MemoryFile.named("a.gz", bytes("")), new RecordFormat.WholeFile()))
                .isEmpty();
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void aCompressedFileThatIsCutShortFailsWhateverThePolicy(Packing packing) throws IOException {
        String text = new Random(1)
                .ints(2000, 'a', 'z')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        byte[] first = packing.pack(bytes(text));
        byte[] whole = joined(first, packing.pack(bytes(text)));
        for (int length = 10;
                length < whole.length;
                length += length > first.length - 12 && length < first.length + 20 ? 1 : 97) {
            MemoryFile file = MemoryFile.of(Arrays.copyOf(whole, length));
            if (length == first.length) {
                continue;
            }
            assertDamaged(file, length + " of " + whole.length + " bytes");
        }
    }

    @ParameterizedTest
    @EnumSource(Packing.class)
    void whatStandsBehindAMemberIsAMemberOrDamage(Packing packing) throws IOException {
        byte[] file = packing.pack(bytes("one\ntwo"));

        for (String more : List.of("x", "\u0001", "PK", "one more line\n")) {
            assertDamaged(MemoryFile.of(joined(file, bytes(more))), packing + " and " + more);
        }
    }

    @Test
    void zerosMayPadAGzipFileAsForGzipItself() throws IOException {
        byte[] file = Packing.GZIP.pack(bytes("one\ntwo"));

        assertThat(texts(MemoryFile.of(joined(file, new byte[600])), new RecordFormat.Lines()))
                .containsExactly("one", "two");
        assertDamaged(MemoryFile.of(joined(file, new byte[600], file)), "a member behind zeros");
    }

    @Test
    void aWrongChecksumIsDamage() throws IOException {
        for (Packing packing : Packing.values()) {
            byte[] file = packing.pack(bytes("one\ntwo"));
            int sum = packing == Packing.GZIP ? file.length - 8 : file.length - 4;
            file[sum] ^= 1;
            assertDamaged(MemoryFile.of(file), packing.name());
        }
    }

    @Test
    void skippableFramesOfZstdHoldNoText() throws IOException {
        byte[] skippable = HexFormat.of().parseHex("502a4d180400000001020304");
        byte[] frame = Packing.ZSTD.pack(bytes("one\n"));

        for (byte[] file : List.of(
                joined(skippable, frame, frame), joined(frame, skippable, frame), joined(frame, frame, skippable))) {
            assertThat(texts(MemoryFile.of(file), new RecordFormat.Lines())).containsExactly("one", "one");
        }
        assertThat(texts(MemoryFile.of(skippable), new RecordFormat.Lines())).isEmpty();
    }

    @Test
    void windowsOfZstdMayHaveTwoGibibytesAndNotMore() throws IOException {
        // A frame of one raw block without bytes; five bits of the sixth byte are the exponent of its window, from 10
        // on.
        assertThat(texts(MemoryFile.of(HexFormat.of().parseHex("28b52ffd00a8010000")), new RecordFormat.Lines()))
                .isEmpty();
        assertThatThrownBy(() ->
                        texts(MemoryFile.of(HexFormat.of().parseHex("28b52ffd00b0010000")), new RecordFormat.Lines()))
                .hasMessageContaining("2 GiB")
                .hasMessageContaining("--long=31");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "504b0304140000000800 ; zip ; unpack",
                "377abcaf271c0004 ; 7z ; unpack",
                "04224d1864407f00 ; lz4 ; zstd",
                "ff060000734e61507059 ; snappy ; zstd",
                "5d00008000ffffffffffffffff00 ; lzma ; xz",
                "1f9d9061 ; compress ; gzip",
                "504152311500150a ; Parquet ; type = parquet",
                "4f524300aabb ; ORC ; Parquet",
                "4f626a0104146176726f ; Avro ; Parquet",
                "255044462d312e370a25b5edaefb ; PDF ; pdftotext",
                "fffe61006200 ; UTF-16 ; iconv -f UTF-16 ",
                "feff00610062 ; UTF-16 ; iconv -f UTF-16 ",
                "fffe000061000000 ; UTF-32 ; iconv -f UTF-32 ",
                "0000feff00000061 ; UTF-32 ; iconv -f UTF-32 ",
                "61006200e9002000 ; UTF-16 ; iconv -f UTF-16LE",
                "00610062671f0020 ; UTF-16 ; iconv -f UTF-16BE",
                "6100000062000000 ; UTF-32 ; iconv -f UTF-32LE",
                "0000006100000062 ; UTF-32 ; iconv -f UTF-32BE",
            })
    void aFileThatIsNoTextIsCalledWhatItIs(String hex, String name, String remedy) throws IOException {
        byte[] bytes = HexFormat.of().parseHex(hex);
        for (byte[] file : List.of(bytes, Packing.GZIP.pack(bytes))) {
            for (RecordFormat format : List.of(
                    new RecordFormat.WholeFile(), new RecordFormat.Lines(), new RecordFormat.JsonLines("text"))) {
                assertThatThrownBy(() -> texts(MemoryFile.of(file), format))
                        .isInstanceOf(CorpusException.class)
                        .hasMessageContaining("memory.txt")
                        .hasMessageContaining(name)
                        .hasMessageContaining(remedy)
                        .hasMessageNotContaining("8859");
                assertThat(MemoryFile.of(file).read(ByteRange.ALL, rules(format, OnBadText.SKIP)))
                        .hasSize(1)
                        .allMatch(Reading.Dropped.class::isInstance);
            }
        }
    }

    @Test
    void aTarArchiveAndAFileCompressedTwiceAreCalledThat() throws IOException {
        byte[] tar = Arrays.copyOf(bytes("a.txt"), 1024);
        System.arraycopy(bytes("ustar"), 0, tar, 257, 5);

        assertThatThrownBy(() -> texts(MemoryFile.of(Packing.GZIP.pack(tar)), new RecordFormat.Lines()))
                .hasMessageContaining("tar archive");
        assertThatThrownBy(() ->
                        texts(MemoryFile.of(Packing.XZ.pack(Packing.GZIP.pack(bytes("a")))), new RecordFormat.Lines()))
                .hasMessageContaining("compressed again, by gzip");
    }

    @Test
    void aTextMayBeginAsOtherFormatsDo() throws IOException {
        for (String text : List.of("PAR1 is a gene", "ORCHESTRA", "ARROW1", "BZh9 and more", "Objects", "P*M")) {
            assertThat(texts(MemoryFile.of(text), new RecordFormat.Lines())).containsExactly(text);
        }
    }

    @Test
    void aNameThatPromisesCompressionIsHeldToIt() {
        for (String name : List.of("a.gz", "a.txt.ZST", "b.bz2", "c.xz")) {
            assertThatThrownBy(() -> texts(MemoryFile.named(name, bytes("text")), new RecordFormat.Lines()))
                    .isInstanceOf(CorpusException.class)
                    .hasMessageContaining(name)
                    .hasMessageContaining("name promises")
                    .hasMessageContaining("rename");
        }
        assertThatThrownBy(() -> texts(MemoryFile.named("a.br", new byte[] {(byte) 0x8B, 1}), new RecordFormat.Lines()))
                .hasMessageContaining("brotli");
    }

    @Test
    void latin1IsGuessedOnlyWhereTheBytesLookLikeIt() {
        assertThatThrownBy(() -> texts(MemoryFile.of(new byte[] {'a', (byte) 0xFF, 1}), new RecordFormat.Lines()))
                .hasMessageContaining("0xFF at offset 1")
                .hasMessageContaining("binary");
        assertThatThrownBy(() -> texts(
                        MemoryFile.of(joined(bytes("\u00e9\u00e8\u00e0"), new byte[] {(byte) 0xE9, ' '})),
                        new RecordFormat.Lines()))
                .hasMessageContaining("damaged there");
        assertThatThrownBy(() -> texts(
                        MemoryFile.of(new byte[] {(byte) 0xCF, (byte) 0xF0, (byte) 0xE8, (byte) 0xE2}),
                        new RecordFormat.Lines()))
                .hasMessageContaining("iconv -f ENCODING")
                .hasMessageNotContaining("8859");
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
    void aBinaryFileIsCalledThat() {
        assertThatThrownBy(() -> texts(MemoryFile.of("abcd\0\u0001"), new RecordFormat.WholeFile()))
                .hasMessageContaining("offset 4 is NUL")
                .hasMessageContaining("binary");
    }

    @Test
    void aByteOrderMarkIsNoText() throws IOException {
        assertThat(texts(MemoryFile.of("\uFEFFa\nb\uFEFF\n\uFEFFc"), new RecordFormat.Lines()))
                .containsExactly("a", "b\uFEFF", "c");
        assertThat(texts(MemoryFile.of("\uFEFF{\"t\":\"\uFEFFa\"}"), new RecordFormat.JsonLines("t")))
                .containsExactly("a");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '`',
            value = {
                "{'text': ; not JSON ; offset 21",
                "{'body':'a'} ; no text in the field 'text' ; data.format.field",
                "{'text':7} ; but a number ; data.format.field",
                "{'text':['a']} ; but an array ; data.format.field",
                "['text'] ; is an array, but must be an object ; jq",
                "'text' ; is a string ; jq",
                "   ; is blank ; jq",
                "{'text':'b'}{'text':'c'} ; more behind its object ; offset 25",
                "{'text':'\u00e9'} oops } ; more behind its object ; offset 27",
                "{'text':'b'}} ; more behind its object ; offset 25",
                "{'text':'b'}, ; more behind its object ; offset 25",
                "{'text':'b','x':[1,NaN]} ; has NaN at ; offset 32",
                "{'x':-Infinity,'text':'b'} ; has -Infinity at offset 18, which Python ; null",
                "{'text':'b','text':'c'} ; 'text' twice ; offset 25",
                "{'text':'b','x':{'text':'c'},'text':null} ; 'text' twice ; keep one",
                "{'text':'a\\u0000b'} ; \\u0000 ; binary",
                "{'text':'a\\ud800b'} ; surrogate ; its source",
            })
    void jsonThatIsBrokenOrAmbiguousIsNamed(String line, String first, String second) throws IOException {
        RecordFormat format = new RecordFormat.JsonLines("text");
        MemoryFile file = MemoryFile.of("{\"text\":\"a\"}\n" + (line == null ? "  " : line).replace('\'', '"'));

        assertThatThrownBy(() -> texts(file, format))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("offset 13")
                .hasMessageContaining(first.replace('\'', '"'))
                .hasMessageContaining(second)
                .hasMessageContaining("on-bad-text");
        assertThat(file.read(ByteRange.ALL, rules(format, OnBadText.SKIP)))
                .hasSize(2)
                .element(1)
                .isInstanceOf(Reading.Dropped.class);
    }

    @Test
    void jsonHasItsTextWhateverStandsInOtherFields() throws IOException {
        String digits = "9".repeat(2000);
        assertThat(texts(
                        MemoryFile.of("{\"x\":{\"text\":1},\"n\":" + digits + ",\"f\":0." + digits
                                + ",\"text\":\"a\\ud83d\\ude00\"} \t\r\n{\"text\":null}"),
                        new RecordFormat.JsonLines("text")))
                .containsExactly("a\ud83d\ude00", "");
    }

    @Test
    void theLimitOfJsonIsThatOfItsText() throws IOException {
        RecordFormat format = new RecordFormat.JsonLines("text");
        String escaped = "\\u00e9".repeat(LIMIT / 2);

        assertThat(texts(
                        MemoryFile.of("{\"text\":\"" + escaped + "\",\"more\":\"" + "x".repeat(LIMIT) + "\"}"), format))
                .containsExactly("\u00e9".repeat(LIMIT / 2));
        assertThatThrownBy(() -> texts(MemoryFile.of("{\"text\":\"" + escaped + "x\"}"), format))
                .hasMessageContaining("longer than 1000 bytes");
    }

    @Test
    void aTextBeyondJacksonsOwnLimitIsRead() throws IOException {
        int length = 21_000_000;
        byte[] line = joined(bytes("{\"text\":\""), bytes("x".repeat(length)), bytes("\"}"));
        DocumentReader.Rules rules =
                new DocumentReader.Rules(new RecordFormat.JsonLines("text"), OnBadText.FAIL, 1 << 26);

        Reading reading = MemoryFile.of(line).read(ByteRange.ALL, rules).get(0);

        assertThat(((Reading.Kept) reading).document().text()).hasSize(length);
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

    private static void assertDamaged(MemoryFile file, String what) {
        assertThatThrownBy(() -> file.read(
                        ByteRange.ALL, new DocumentReader.Rules(new RecordFormat.WholeFile(), OnBadText.SKIP, 10_000)))
                .as(what)
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("memory.txt")
                .hasMessageContaining("cut short or damaged");
    }

    /** How files are compressed. */
    private enum Packing {
        GZIP {
            @Override
            OutputStream packing(OutputStream out) throws IOException {
                return new GZIPOutputStream(out);
            }
        },
        ZSTD {
            @Override
            OutputStream packing(OutputStream out) throws IOException {
                return new ZstdOutputStream(out).setChecksum(true);
            }
        },
        BZIP2 {
            @Override
            OutputStream packing(OutputStream out) throws IOException {
                return new BZip2CompressorOutputStream(out);
            }
        },
        XZ {
            @Override
            OutputStream packing(OutputStream out) throws IOException {
                return new XZOutputStream(out, new LZMA2Options(0));
            }
        };

        abstract OutputStream packing(OutputStream out) throws IOException;

        byte[] pack(byte[] content) throws IOException {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            try (OutputStream out = packing(bytes)) {
                out.write(content);
            }
            return bytes.toByteArray();
        }
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
