package apportion.data.corpus;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/** The records of a file, before their bytes are known to be text; one implementation for each way to store them. */
public interface RawRecords extends Closeable {

    /**
     * The next record, or nothing after the last. The next call may overwrite its bytes.
     *
     * @throws BadRecord if something is there that no record can be made of; the call may be repeated
     * @throws CorpusException if the file is damaged, so that nobody can say what is missing
     */
    Optional<RawRecord> next() throws IOException, BadRecord;

    /** How messages call a byte of a record, for example {@code offset 17}. */
    String place(RawRecord record, long at);

    /** What to do about bytes that are not UTF-8, with the encoding that they may have. */
    String conversion(String encoding);

    /** What to do about bytes that are no text at all. */
    String exclusion();
}
