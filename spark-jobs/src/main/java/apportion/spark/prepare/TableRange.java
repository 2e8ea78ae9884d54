package apportion.spark.prepare;

import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.OnBadText;
import apportion.spark.parquet.ParquetColumn;
import apportion.spark.parquet.RowGroup;
import apportion.spark.storage.CorpusInput;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Some row groups of a Parquet file.
 *
 * @param from index of the first row group
 * @param to one past the index of the last
 * @param size bytes of the column, decompressed
 */
record TableRange(Source source, String column, int from, int to, long size) implements CorpusRange {

    /** Checks a file and says what is in it. */
    static List<RowGroup> rowGroups(Source source, String column, Storage storage) {
        try (ParquetColumn texts = open(source, column, storage)) {
            return new ArrayList<>(texts.rowGroups());
        } catch (IOException e) {
            throw new UncheckedIOException(source.name() + " cannot be closed", e);
        }
    }

    /** The ranges of a file, each of about {@code target} bytes, or of one row group that has more. */
    static List<TableRange> of(Source source, String column, List<RowGroup> groups, long target) {
        List<TableRange> ranges = new ArrayList<>();
        for (int first = 0; first < groups.size(); ) {
            int next = first;
            long bytes = 0;
            while (next < groups.size()
                    && (next == first || bytes + groups.get(next).bytes() <= target)) {
                bytes += groups.get(next++).bytes();
            }
            ranges.add(new TableRange(
                    source,
                    column,
                    groups.get(first).index(),
                    groups.get(next - 1).index() + 1,
                    bytes));
            first = next;
        }
        return ranges;
    }

    @Override
    public DocumentReader open(Storage storage, OnBadText onBadText, int maxDocumentBytes) {
        return new DocumentReader(
                source.name(), open(source, column, storage).records(from, to), onBadText, maxDocumentBytes);
    }

    private static ParquetColumn open(Source source, String column, Storage storage) {
        return ParquetColumn.open(new CorpusInput(storage, source.path(), source.name()), source.name(), column);
    }
}
