package apportion.spark.prepare;

import apportion.data.corpus.DocumentReader;
import apportion.data.corpus.OnBadText;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** A stretch of one file that one task reads. */
sealed interface CorpusRange extends Serializable permits FileRange, TableRange {

    /** About how much there is to read, in bytes. */
    long size();

    /** Its documents; the caller closes the reader. */
    DocumentReader open(Storage storage, OnBadText onBadText, int maxDocumentBytes) throws IOException;

    /** Ranges side by side, in groups of about {@code target} bytes, so that a thousand small files are few tasks. */
    static List<List<CorpusRange>> grouped(List<CorpusRange> ranges, long target) {
        List<List<CorpusRange>> groups = new ArrayList<>();
        long room = 0;
        for (CorpusRange range : ranges) {
            if (room <= 0) {
                groups.add(new ArrayList<>());
                room = target;
            }
            groups.get(groups.size() - 1).add(range);
            room -= range.size();
        }
        return groups;
    }
}
