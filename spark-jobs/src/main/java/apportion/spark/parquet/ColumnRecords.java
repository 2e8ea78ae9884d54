package apportion.spark.parquet;

import apportion.data.corpus.RawRecord;
import apportion.data.corpus.RawRecords;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ColumnReader;
import org.apache.parquet.column.impl.ColumnReadStoreImpl;
import org.apache.parquet.io.api.Converter;
import org.apache.parquet.io.api.GroupConverter;
import org.apache.parquet.io.api.PrimitiveConverter;

/** The values of a column, row by row. Memory: the column of one row group, compressed, and one page of it. */
final class ColumnRecords implements RawRecords {

    private static final byte[] NOTHING = new byte[0];

    private final ParquetColumn column;
    private final ColumnDescriptor descriptor;
    private final Iterator<RowGroup> groups;
    private Optional<ColumnReader> values = Optional.empty();
    private long row;
    private long left;

    ColumnRecords(ParquetColumn column, List<RowGroup> groups) {
        this.column = column;
        this.descriptor = column.projection().getColumns().get(0);
        this.groups = groups.iterator();
    }

    @Override
    public Optional<RawRecord> next() {
        return ParquetColumn.guarded(column.name(), this::advance);
    }

    private Optional<RawRecord> advance() throws IOException {
        if (left == 0) {
            if (!groups.hasNext()) {
                return Optional.empty();
            }
            start(groups.next());
        }
        ColumnReader reader = values.orElseThrow();
        boolean present = reader.getCurrentDefinitionLevel() == descriptor.getMaxDefinitionLevel();
        byte[] bytes = present ? reader.getBinary().getBytesUnsafe() : NOTHING;
        reader.consume();
        left--;
        return Optional.of(new RawRecord(row++, bytes.length, bytes));
    }

    private void start(RowGroup group) throws IOException {
        Pages pages = new Pages(column.file().readRowGroup(group.index()), group);
        long count = pages.getPageReader(descriptor).getTotalValueCount();
        if (count != group.rows()) {
            throw new IOException(
                    "row group " + group.index() + " has " + group.rows() + " rows, but pages of " + count + " values");
        }
        ColumnReader reader = new ColumnReadStoreImpl(
                        pages,
                        new Ignored(),
                        column.projection(),
                        column.file().getFileMetaData().getCreatedBy())
                .getColumnReader(descriptor);
        values = Optional.of(reader);
        row = group.firstRow();
        left = group.rows();
    }

    @Override
    public String place(RawRecord record, long at) {
        return "byte " + at + " of row " + record.offset() + " (rows counted from 0)";
    }

    @Override
    public String conversion(String encoding) {
        return "write the column again in UTF-8, decoded as " + encoding;
    }

    @Override
    public String exclusion() {
        return "name another column in data.format.column";
    }

    @Override
    public void close() throws IOException {
        column.close();
    }

    /** The library wants to know where values go, though they are fetched. */
    private static final class Ignored extends GroupConverter {

        private final PrimitiveConverter value = new PrimitiveConverter() {};

        @Override
        public Converter getConverter(int fieldIndex) {
            return value;
        }

        @Override
        public void start() {}

        @Override
        public void end() {}
    }
}
