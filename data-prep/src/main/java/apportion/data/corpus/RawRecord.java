package apportion.data.corpus;

/**
 * A record's bytes as they lie in a file.
 *
 * @param offset where they start in the (decompressed) file: a byte, or a row of a table
 * @param length how many there are
 * @param bytes the first {@code length} of them are the record's; fewer are there if the record is longer than the
 *     reader keeps
 */
public record RawRecord(long offset, long length, byte[] bytes) {}
