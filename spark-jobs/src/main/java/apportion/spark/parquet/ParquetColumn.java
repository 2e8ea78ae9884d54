package apportion.spark.parquet;

import apportion.data.corpus.CorpusException;
import apportion.data.corpus.RawRecords;
import apportion.spark.failure.Failure;
import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.crypto.ParquetCryptoRuntimeException;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/** The column of a Parquet file that has the texts. */
public final class ParquetColumn implements Closeable {

    /** The file begins and ends with it. */
    private static final String MAGIC = "PAR1";

    private static final String ENCRYPTED_MAGIC = "PARE";

    /** Both, and the length of the footer. */
    private static final int LEAST_BYTES = 12;

    private final String name;
    private final ParquetFileReader file;
    private final Codecs codecs;
    private final MessageType projection;
    private final List<RowGroup> rowGroups;

    /** What a library does with bytes that may be damaged. */
    interface Work<T> {
        T run() throws IOException;
    }

    private ParquetColumn(String name, ParquetFileReader file, Codecs codecs, String column, long length) {
        this.name = name;
        this.file = file;
        this.codecs = codecs;
        FileMetaData meta = file.getFileMetaData();
        this.projection = new MessageType(meta.getSchema().getName(), texts(meta.getSchema(), column));
        this.rowGroups = rowGroups(ColumnPath.get(column), length);
        file.setRequestedSchema(projection);
    }

    /**
     * Opens a file and checks it; the caller closes it.
     *
     * @param name how messages call the file
     * @param column taken literally: dots in it are no path
     * @throws CorpusException if the file cannot be read as asked
     */
    public static ParquetColumn open(InputFile input, String name, String column) {
        return guarded(name, () -> {
            refuseForeign(input, name);
            Codecs codecs = new Codecs();
            ParquetFileReader file = ParquetFileReader.open(
                    input,
                    ParquetReadOptions.builder()
                            .withCodecFactory(codecs)
                            .usePageChecksumVerification()
                            .build());
            boolean opened = false;
            try {
                ParquetColumn texts = new ParquetColumn(name, file, codecs, column, input.getLength());
                opened = true;
                return texts;
            } finally {
                if (!opened) {
                    file.close();
                }
            }
        });
    }

    /** Those with rows, in order. */
    public List<RowGroup> rowGroups() {
        return rowGroups;
    }

    /**
     * The values of the rows of some row groups; a null is an empty one. Closing them closes the file.
     *
     * @param from index of the first row group
     * @param to one past the index of the last
     */
    public RawRecords records(int from, int to) {
        return new ColumnRecords(
                this,
                rowGroups.stream()
                        .filter(group -> group.index() >= from && group.index() < to)
                        .toList());
    }

    String name() {
        return name;
    }

    ParquetFileReader file() {
        return file;
    }

    MessageType projection() {
        return projection;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** Libraries throw whatever damaged bytes lead them to, and ask for memory that no machine has. */
    static <T> T guarded(String name, Work<T> work) {
        try {
            return work.run();
        } catch (CorpusException | Failure e) {
            throw e;
        } catch (ParquetCryptoRuntimeException e) {
            throw encrypted(name);
        } catch (IOException | RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw new CorpusException(
                    name + ": the Parquet file is cut short or damaged (" + reason(e) + "); fetch or write it again",
                    e);
        }
    }

    private static String reason(Throwable e) {
        return Objects.toString(e.getMessage(), e.getClass().getSimpleName())
                .lines()
                .findFirst()
                .orElse(e.getClass().getSimpleName());
    }

    private static CorpusException encrypted(String name) {
        return new CorpusException(name + ": the Parquet file is encrypted; decrypt it, and write it again");
    }

    private static void refuseForeign(InputFile input, String name) throws IOException {
        long length = input.getLength();
        String start = "";
        String end = "";
        if (length >= LEAST_BYTES) {
            try (SeekableInputStream in = input.newStream()) {
                start = magic(in, 0);
                end = magic(in, length - MAGIC.length());
            }
        }
        if (end.equals(ENCRYPTED_MAGIC)) {
            throw encrypted(name);
        }
        if (!end.equals(MAGIC)) {
            throw new CorpusException(name + ": "
                    + (start.equals(MAGIC)
                            ? "the Parquet file is cut short: it lacks its end; fetch or write it again"
                            : length == 0
                                    ? "the file is empty, but must be a Parquet file; leave it out of data.corpus"
                                    : "the file is not a Parquet file; leave it out of data.corpus, or choose another"
                                            + " data.format"));
        }
    }

    private static String magic(SeekableInputStream in, long position) throws IOException {
        byte[] magic = new byte[MAGIC.length()];
        in.seek(position);
        in.readFully(magic);
        return new String(magic, StandardCharsets.ISO_8859_1);
    }

    private Type texts(MessageType schema, String column) {
        List<Type> named = schema.getFields().stream()
                .filter(field -> field.getName().equals(column))
                .toList();
        if (named.isEmpty()) {
            throw new CorpusException(name + ": the file has no column \"" + column + "\", but "
                    + schema.getFields().stream().map(Type::getName).toList()
                    + "; name one in data.format.column that every file has, or leave the file out of data.corpus");
        }
        if (named.size() > 1) {
            throw new CorpusException(name + ": the file has the column \"" + column + "\" " + named.size()
                    + " times; write it again with one");
        }
        if (!isText(named.get(0))) {
            throw new CorpusException(name + ": the column \"" + column + "\" is " + kind(named.get(0))
                    + ", but must be a string (binary as STRING, ENUM or JSON, or without a type); name another one in"
                    + " data.format.column, or write it as a string");
        }
        return named.get(0);
    }

    /** Bytes without a type are what some writers make of strings; whether they are UTF-8 is checked anyway. */
    private static boolean isText(Type type) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        return type.isPrimitive()
                && !type.isRepetition(Type.Repetition.REPEATED)
                && type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.BINARY
                && (meaning == null
                        || meaning.equals(LogicalTypeAnnotation.stringType())
                        || meaning.equals(LogicalTypeAnnotation.enumType())
                        || meaning.equals(LogicalTypeAnnotation.jsonType()));
    }

    private static String kind(Type type) {
        LogicalTypeAnnotation meaning = type.getLogicalTypeAnnotation();
        if (!type.isPrimitive()) {
            GroupType group = type.asGroupType();
            return LogicalTypeAnnotation.listType().equals(meaning)
                    ? "a list"
                    : LogicalTypeAnnotation.mapType().equals(meaning)
                            ? "a map"
                            : "a struct of "
                                    + group.getFields().stream()
                                            .map(Type::getName)
                                            .toList();
        }
        String stored = type.asPrimitiveType().getPrimitiveTypeName().name().toLowerCase(Locale.ROOT);
        return (type.isRepetition(Type.Repetition.REPEATED) ? "a list of " : "")
                + stored
                + (meaning == null ? "" : " as " + meaning);
    }

    private List<RowGroup> rowGroups(ColumnPath path, long length) {
        List<RowGroup> groups = new ArrayList<>();
        long row = 0;
        for (int index = 0; index < file.getRowGroups().size(); index++) {
            BlockMetaData block = file.getRowGroups().get(index);
            ColumnChunkMetaData chunk = chunk(block, path, index);
            refuseOutside(block, chunk, length, index);
            codecs.require(chunk.getCodec(), name);
            if (block.getRowCount() > 0) {
                groups.add(
                        new RowGroup(index, row, block.getRowCount(), Math.max(0, chunk.getTotalUncompressedSize())));
            }
            row = Math.addExact(row, block.getRowCount());
        }
        return List.copyOf(groups);
    }

    private ColumnChunkMetaData chunk(BlockMetaData block, ColumnPath path, int index) {
        if (block.getPath() != null) {
            throw new CorpusException(name + ": the rows of the Parquet file lie in another one, " + block.getPath()
                    + "; name that one in data.corpus");
        }
        ColumnChunkMetaData chunk = block.getColumns().stream()
                .filter(each -> each.getPath().equals(path))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("row group " + index + " lacks the column " + path));
        if (chunk.isEncrypted()) {
            throw encrypted(name);
        }
        return chunk;
    }

    /** The library would take memory for what a footer promises before it reads. */
    private static void refuseOutside(BlockMetaData block, ColumnChunkMetaData chunk, long length, int index) {
        long start = chunk.getStartingPos();
        long size = chunk.getTotalSize();
        if (start < MAGIC.length() || size < 0 || size > length || start > length - size) {
            throw new IllegalStateException("the column of row group " + index + " lies at bytes " + start + " and "
                    + size + " more, but the file has " + length);
        }
        if (block.getRowCount() < 0 || chunk.getValueCount() != block.getRowCount()) {
            throw new IllegalStateException("row group " + index + " has " + block.getRowCount()
                    + " rows, but its column " + chunk.getValueCount() + " values");
        }
    }
}
