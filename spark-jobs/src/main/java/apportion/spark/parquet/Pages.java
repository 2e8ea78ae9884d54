package apportion.spark.parquet;

import java.util.Optional;
import java.util.PrimitiveIterator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.page.DataPage;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.column.page.PageReader;
import org.apache.parquet.io.ParquetDecodingException;
import org.jspecify.annotations.Nullable;

/** Pages whose counts fit their bytes and their row group: the library takes memory for as many values as they say. */
record Pages(PageReadStore pages, RowGroup group) implements PageReadStore {

    /** Bytes of the length before each value of a dictionary. */
    private static final int LENGTH_BYTES = 4;

    @Override
    public PageReader getPageReader(ColumnDescriptor descriptor) {
        return new Checked(pages.getPageReader(descriptor), group);
    }

    @Override
    public long getRowCount() {
        return pages.getRowCount();
    }

    @Override
    public Optional<Long> getRowIndexOffset() {
        return pages.getRowIndexOffset();
    }

    @Override
    public Optional<PrimitiveIterator.OfLong> getRowIndexes() {
        return pages.getRowIndexes();
    }

    private record Checked(PageReader pages, RowGroup group) implements PageReader {

        @Override
        public @Nullable DictionaryPage readDictionaryPage() {
            DictionaryPage page = pages.readDictionaryPage();
            if (page != null
                    && (page.getDictionarySize() < 0
                            || (long) LENGTH_BYTES * page.getDictionarySize()
                                    > page.getBytes().size())) {
                throw new ParquetDecodingException("a dictionary of "
                        + page.getBytes().size() + " bytes has " + page.getDictionarySize() + " values");
            }
            return page;
        }

        @Override
        public long getTotalValueCount() {
            return pages.getTotalValueCount();
        }

        @Override
        public @Nullable DataPage readPage() {
            DataPage page = pages.readPage();
            if (page != null && (page.getValueCount() < 0 || page.getValueCount() > group.rows())) {
                throw new ParquetDecodingException(
                        "a page has " + page.getValueCount() + " values of " + group.rows() + " rows");
            }
            return page;
        }
    }
}
