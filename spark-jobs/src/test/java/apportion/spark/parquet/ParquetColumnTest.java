package apportion.spark.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.data.corpus.CorpusException;
import apportion.data.corpus.Document;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.Drop;
import apportion.data.corpus.OnBadText;
import apportion.data.corpus.Reading;
import apportion.spark.dataset.MemoryFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.format.CompressionCodec;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ParquetColumnTest {

    private static final String TEXTS = "optional binary text (STRING);";
    private static final int LIMIT = 1000;

    @ParameterizedTest
    @EnumSource(
            value = CompressionCodecName.class,
            names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD", "LZ4", "LZ4_RAW"})
    void everyCodecAndEncodingHoldsTheSameTexts(CompressionCodecName codec) throws IOException {
        List<String> texts = IntStream.range(0, 500)
                .mapToObj(i -> "text " + i % 90 + " \u00e9\ud83d\ude00".repeat(i % 7))
                .toList();
        for (WriterVersion version : WriterVersion.values()) {
            for (boolean dictionary : new boolean[] {true, false}) {
                byte[] file = write(TEXTS, codec, version, dictionary, texts);

                assertThat(texts(file)).as("%s %s", version, dictionary).isEqualTo(texts);
            }
        }
    }

    @Test
    void rowGroupsAreReadByThemselvesAndKeepTheirRows() throws IOException {
        List<String> texts =
                IntStream.range(0, 3000).mapToObj(i -> "text number " + i).toList();
        byte[] file = write(TEXTS, CompressionCodecName.UNCOMPRESSED, WriterVersion.PARQUET_1_0, false, texts);
        List<RowGroup> groups;
        try (ParquetColumn column = open(file, "text")) {
            groups = column.rowGroups();
        }
        List<Reading> readings = new ArrayList<>();
        for (RowGroup group : groups) {
            readings.addAll(read(file, group.index(), group.index() + 1, OnBadText.FAIL));
        }

        assertThat(groups).hasSizeGreaterThan(3);
        assertThat(readings)
                .isEqualTo(read(file, 0, groups.size(), OnBadText.FAIL))
                .hasSize(3000);
        assertThat(readings.get(2500)).isEqualTo(new Reading.Kept(new Document("a.parquet", 2500, texts.get(2500))));
    }

    @Test
    void valuesObeyWhatTextsObey() throws IOException {
        byte[] file = write(TEXTS, rows -> {
            rows.accept(bytes("\uFEFFgood"));
            rows.accept(new byte[] {'c', 'a', 'f', (byte) 0xE9});
            rows.accept(new byte[] {'a', 0, 'b'});
            rows.accept(bytes("x".repeat(LIMIT + 1)));
            rows.accept(null);
            rows.accept(bytes(""));
            rows.accept(bytes("x".repeat(LIMIT)));
        });

        assertThat(read(file, 0, 1, OnBadText.SKIP))
                .containsExactly(
                        new Reading.Kept(new Document("a.parquet", 0, "good")),
                        new Reading.Dropped(Drop.NOT_UTF8),
                        new Reading.Dropped(Drop.BINARY),
                        new Reading.Dropped(Drop.TOO_LONG),
                        new Reading.Kept(new Document("a.parquet", 4, "")),
                        new Reading.Kept(new Document("a.parquet", 5, "")),
                        new Reading.Kept(new Document("a.parquet", 6, "x".repeat(LIMIT))));
        assertThatThrownBy(() -> read(file, 0, 1, OnBadText.FAIL))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("a.parquet")
                .hasMessageContaining("0xE9 at byte 3 of row 1")
                .hasMessageContaining("on-bad-text");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "required binary body (STRING); required int32 id; | no column \"text\" | [body, id]",
                "required int32 text; | int32 | must be a string",
                "required int64 text (TIMESTAMP(MILLIS,true)); | int64 as TIMESTAMP | must be a string",
                "required boolean text; | boolean | must be a string",
                "required double text; | double | must be a string",
                "required fixed_len_byte_array(4) text; | fixed_len_byte_array | must be a string",
                "required binary text (DECIMAL(9,2)); | binary as DECIMAL | must be a string",
                "required binary text (BSON); | binary as BSON | must be a string",
                "repeated binary text (STRING); | a list of binary | must be a string",
                "optional group text (LIST) { repeated group list { optional binary element (STRING); } } | a list | string",
                "optional group text { required binary a (STRING); } | a struct of [a] | must be a string",
            })
    void aColumnThatHasNoTextsIsNamedWithItsType(String fields, String found, String remedy) throws IOException {
        byte[] file = write(fields, rows -> {});

        assertThatThrownBy(() -> open(file, "text"))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("a.parquet")
                .hasMessageContaining("\"text\"")
                .hasMessageContaining(found)
                .hasMessageContaining(remedy);
    }

    @ParameterizedTest
    @ValueSource(strings = {"(STRING)", "(ENUM)", "(JSON)", ""})
    void stringsAndBytesWithoutATypeAreTexts(String meaning) throws IOException {
        assertThat(texts(write("required binary text " + meaning + ";", rows -> rows.accept(bytes("a")))))
                .containsExactly("a");
    }

    @Test
    void aNameWithADotIsNoPath() throws IOException {
        byte[] file = write("required binary a.b (STRING);", rows -> {});
        try (ParquetColumn column = open(file, "a.b")) {
            assertThat(column.rowGroups()).isEmpty();
        }
        assertThatThrownBy(() -> open(write("required group a { required binary b (STRING); }", rows -> {}), "a.b"))
                .hasMessageContaining("no column \"a.b\"");
    }

    @Test
    void foreignCutAndEncryptedFilesAreCalledThat() throws IOException {
        byte[] file = write(TEXTS, rows -> rows.accept(bytes("a")));
        byte[] encrypted = file.clone();
        encrypted[file.length - 1] = 'E';

        assertRefused(bytes("# How to read these files\n"), "not a Parquet file");
        assertRefused(bytes(""), "empty");
        assertRefused(bytes("PAR1"), "not a Parquet file");
        assertRefused(Arrays.copyOf(file, file.length / 2), "cut short");
        byte[] shifted = Arrays.copyOfRange(file, 4, file.length);
        assertThatThrownBy(() -> texts(shifted))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("damaged");
        assertRefused(encrypted, "encrypted");
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionCodec.class,
            names = {"BROTLI", "LZO"})
    void aCodecThatIsNotThereIsNamed(CompressionCodec codec) throws IOException {
        byte[] file = withFooter(
                write(TEXTS, rows -> rows.accept(bytes("a"))),
                footer -> footer.getRow_groups()
                        .get(0)
                        .getColumns()
                        .get(0)
                        .getMeta_data()
                        .setCodec(codec));

        assertRefused(file, codec.name());
        assertRefused(file, "zstd");
    }

    @Test
    void sizesThatAFooterInventsTakeNoMemory() throws IOException {
        byte[] file = write(TEXTS, rows -> rows.accept(bytes("a")));

        assertRefused(
                withFooter(
                        file,
                        footer -> footer.getRow_groups()
                                .get(0)
                                .getColumns()
                                .get(0)
                                .getMeta_data()
                                .setTotal_compressed_size(1L << 50)),
                "the file has");
        assertRefused(withFooter(file, footer -> footer.getRow_groups().get(0).setNum_rows(2)), "2 rows");
    }

    @Test
    void whateverIsChangedInAFileItIsReadOrCalledDamaged() throws IOException {
        Random random = new Random(5);
        List<String> texts =
                IntStream.range(0, 60).mapToObj(i -> "text " + i % 20).toList();
        for (CompressionCodecName codec : List.of(
                CompressionCodecName.UNCOMPRESSED,
                CompressionCodecName.SNAPPY,
                CompressionCodecName.ZSTD,
                CompressionCodecName.GZIP)) {
            for (WriterVersion version : WriterVersion.values()) {
                byte[] file = write(TEXTS, codec, version, random.nextBoolean(), texts);
                for (int trial = 0; trial < 60; trial++) {
                    byte[] changed = file.clone();
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
                    }
                    readOrRefuse(changed);
                }
            }
        }
    }

    private static void readOrRefuse(byte[] file) throws IOException {
        try {
            read(file, 0, Integer.MAX_VALUE, OnBadText.SKIP);
        } catch (CorpusException e) {
            assertThat(e).hasMessageContaining("a.parquet");
        }
    }

    private static void assertRefused(byte[] file, String what) {
        assertThatThrownBy(() -> open(file, "text"))
                .isInstanceOf(CorpusException.class)
                .hasMessageContaining("a.parquet")
                .hasMessageContaining(what);
    }

    private static ParquetColumn open(byte[] file, String column) {
        return ParquetColumn.open(new MemoryFile(file), "a.parquet", column);
    }

    private static List<String> texts(byte[] file) throws IOException {
        return read(file, 0, Integer.MAX_VALUE, OnBadText.FAIL).stream()
                .map(reading -> ((Reading.Kept) reading).document().text())
                .toList();
    }

    private static List<Reading> read(byte[] file, int from, int to, OnBadText onBadText) throws IOException {
        List<Reading> readings = new ArrayList<>();
        try (DocumentReader reader =
                new DocumentReader("a.parquet", open(file, "text").records(from, to), onBadText, LIMIT)) {
            for (Optional<Reading> next = reader.next(); next.isPresent(); next = reader.next()) {
                readings.add(next.get());
            }
        }
        return readings;
    }

    /** Takes the bytes of a row's text, or null. */
    private interface Rows {
        void accept(byte @Nullable [] text) throws IOException;
    }

    private interface Content {
        void write(Rows rows) throws IOException;
    }

    private static byte[] write(String fields, Content content) throws IOException {
        return write(fields, CompressionCodecName.SNAPPY, WriterVersion.PARQUET_1_0, true, content);
    }

    private static byte[] write(
            String fields, CompressionCodecName codec, WriterVersion version, boolean dictionary, List<String> texts)
            throws IOException {
        return write(fields, codec, version, dictionary, rows -> {
            for (String text : texts) {
                rows.accept(bytes(text));
            }
        });
    }

    private static byte[] write(
            String fields, CompressionCodecName codec, WriterVersion version, boolean dictionary, Content content)
            throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("message row { " + fields + " }");
        MemoryFile file = new MemoryFile();
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(file)
                .withConf(new Configuration(false))
                .withType(schema)
                .withCompressionCodec(codec)
                .withWriterVersion(version)
                .withDictionaryEncoding(dictionary)
                .withRowGroupSize(10_000L)
                .withPageSize(2_000)
                .build()) {
            SimpleGroupFactory groups = new SimpleGroupFactory(schema);
            content.write(text -> {
                Group row = groups.newGroup();
                if (text != null) {
                    row.append("text", Binary.fromConstantByteArray(text));
                }
                writer.write(row);
            });
        }
        return file.bytes();
    }

    private static byte[] withFooter(byte[] file, Consumer<FileMetaData> change) throws IOException {
        int end = file.length - 8;
        int start = end - ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(end);
        FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(file, start, end - start));
        change.accept(footer);
        ByteArrayOutputStream changed = new ByteArrayOutputStream();
        changed.write(file, 0, start);
        Util.writeFileMetaData(footer, changed);
        changed.write(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(changed.size() - start)
                .array());
        changed.write(bytes("PAR1"));
        return changed.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
