package apportion.spark.prepare;

import apportion.data.corpus.ByteRange;
import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.RecordFormat;
import apportion.spark.storage.CorpusInput;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** A stretch of one file that one task reads. */
record FileRange(Source source, RecordFormat format, ByteRange bytes) implements Serializable {

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

    /** Ranges side by side, in groups of about {@code target} bytes, so that a thousand small files are few tasks. */
    static List<List<FileRange>> grouped(List<FileRange> ranges, long target) {
        List<List<FileRange>> groups = new ArrayList<>();
        long room = 0;
        for (FileRange range : ranges) {
            if (room <= 0) {
                groups.add(new ArrayList<>());
                room = target;
            }
            groups.get(groups.size() - 1).add(range);
            room -= range.size();
        }
        return groups;
    }

    CorpusInput input(Storage storage) {
        return new CorpusInput(storage, source.path(), source.name());
    }

    private long size() {
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
