package apportion.spark.dataset;

import apportion.data.pack.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.io.api.RecordMaterializer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.jspecify.annotations.Nullable;

/**
 * A part as the bytes of a Parquet file, and back. Small enough to stand in memory, so it can be hashed before it is
 * written.
 */
final class PartFile {

    private static final MessageType SCHEMA = MessageTypeParser.parseMessageType("""
            message sequence {
              required group tokens (LIST) {
                repeated group list {
                  required int32 element;
                }
              }
              required int64 document;
            }
            """);

    private PartFile() {}

    static byte[] write(Part part) {
        MemoryFile file = new MemoryFile();
        try (ParquetWriter<Row> writer = new Builder(file)
                .withConf(new Configuration(false))
                .withCompressionCodec(CompressionCodecName.ZSTD)
                .withDictionaryEncoding(false)
                .build()) {
            for (int row = 0; row < part.rows().size(); row++) {
                writer.write(new Row(part.rows().get(row), part.documents()[row]));
            }
        } catch (IOException e) {
            throw new IllegalStateException("a part could not be written to memory", e);
        }
        return file.bytes();
    }

    static Part read(byte[] bytes) throws IOException {
        try (ParquetFileReader file = ParquetFileReader.open(new MemoryFile(bytes))) {
            MessageColumnIO columns = new ColumnIOFactory()
                    .getColumnIO(SCHEMA, file.getFileMetaData().getSchema());
            List<int[]> rows = new ArrayList<>();
            List<Long> documents = new ArrayList<>();
            for (PageReadStore group = file.readNextRowGroup(); group != null; group = file.readNextRowGroup()) {
                RecordReader<Row> records = columns.getRecordReader(group, new Rows());
                for (long i = 0; i < group.getRowCount(); i++) {
                    Row row = records.read();
                    rows.add(row.tokens);
                    documents.add(row.document);
                }
            }
            return new Part(rows, documents.stream().mapToLong(Long::longValue).toArray());
        }
    }

    private static final class Row {
        private final int[] tokens;
        private final long document;

        private Row(int[] tokens, long document) {
            this.tokens = tokens;
            this.document = document;
        }
    }

    private static final class Builder extends ParquetWriter.Builder<Row, Builder> {

        private Builder(OutputFile file) {
            super(file);
        }

        @Override
        protected Builder self() {
            return this;
        }

        @Override
        protected WriteSupport<Row> getWriteSupport(Configuration conf) {
            return new RowWriter();
        }
    }

    private static final class RowWriter extends WriteSupport<Row> {

        private @Nullable RecordConsumer consumer;

        @Override
        public WriteContext init(Configuration configuration) {
            return new WriteContext(SCHEMA, Map.of());
        }

        @Override
        public void prepareForWrite(RecordConsumer recordConsumer) {
            consumer = recordConsumer;
        }

        @Override
        public void write(Row row) {
            RecordConsumer out = Objects.requireNonNull(consumer);
            out.startMessage();
            out.startField("tokens", 0);
            out.startGroup();
            out.startField("list", 0);
            for (int token : row.tokens) {
                out.startGroup();
                out.startField("element", 0);
                out.addInteger(token);
                out.endField("element", 0);
                out.endGroup();
            }
            out.endField("list", 0);
            out.endGroup();
            out.endField("tokens", 0);
            out.startField("document", 1);
            out.addLong(row.document);
            out.endField("document", 1);
            out.endMessage();
        }
    }

    /** Collects one row at a time; the levels of the list are groups without values of their own. */
    private static final class Rows extends RecordMaterializer<Row> {

        private int[] tokens = new int[256];
        private int count;
        private long document;

        private final PrimitiveConverter token = new PrimitiveConverter() {
            @Override
            public void addInt(int value) {
                if (count == tokens.length) {
                    tokens = Arrays.copyOf(tokens, count * 2);
                }
                tokens[count++] = value;
            }
        };

        private final PrimitiveConverter ordinal = new PrimitiveConverter() {
            @Override
            public void addLong(long value) {
                document = value;
            }
        };

        private final GroupConverter root = new Level(new Level(new Level(token)), ordinal) {
            @Override
            public void start() {
                count = 0;
            }
        };

        @Override
        public Row getCurrentRecord() {
            return new Row(Arrays.copyOf(tokens, count), document);
        }

        @Override
        public GroupConverter getRootConverter() {
            return root;
        }
    }

    private static class Level extends GroupConverter {

        private final Converter[] fields;

        private Level(Converter... fields) {
            this.fields = fields;
        }

        @Override
        public Converter getConverter(int fieldIndex) {
            return fields[fieldIndex];
        }

        @Override
        public void start() {}

        @Override
        public void end() {}
    }
}
