package apportion.spark.prepare;

import apportion.data.corpus.ByteRange;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.OnBadText;
import apportion.data.corpus.RecordFormat;
import apportion.spark.storage.CorpusInput;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** Some bytes of a file of text or JSON lines. */
record FileRange(Source source, RecordFormat format, ByteRange bytes) implements CorpusRange {

    /** The ranges of a file, each of about {@code target} bytes; one where it cannot be split. */
    static List<FileRange> of(Source source, RecordFormat format, long target, Storage storage) {
        boolean whole = source.bytes() <= target || !isSplittable(source, format, storage);
        if (whole) {
            return List.of(new FileRange(source, format, ByteRange.ALL));
        }
        List<FileRange> ranges = new ArrayList<>();
        for (long start = 0; start < source.bytes(); start += target) {
            ranges.add(new FileRange(source, format, new ByteRange(start, Math.min(source.bytes(), start + target))));
        }
        return ranges;
    }

    @Override
    public DocumentReader open(Storage storage, OnBadText onBadText, int maxDocumentBytes) throws IOException {
        return new DocumentReader(
                new CorpusInput(storage, source.path(), source.name()),
                bytes,
                new DocumentReader.Rules(format, onBadText, maxDocumentBytes));
    }

    @Override
    public long size() {
        // A small file costs a request at least.
        return Math.max(64 << 10, Math.min(bytes.end(), source.bytes()) - bytes.start());
    }

    private static boolean isSplittable(Source source, RecordFormat format, Storage storage) {
        try {
            return DocumentReader.isSplittable(new CorpusInput(storage, source.path(), source.name()), format);
        } catch (IOException e) {
            throw new UncheckedIOException(source.name() + " cannot be read", e);
        }
    }
}
