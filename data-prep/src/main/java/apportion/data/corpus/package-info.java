/**
 * Files to documents: reading, decoding, cleaning, language.
 *
 * <p>A <em>record</em> is a document's bytes as they lie in a file, with the offset of its first byte; offsets in a
 * compressed file count decompressed bytes. A large file may be read in ranges of bytes by different machines: a record
 * belongs to the range in which it starts, so every record is read exactly once however the file is split.
 *
 * <p>Whatever stores the records ({@link apportion.data.corpus.RawRecords}), one path leads from their bytes to text
 * ({@link apportion.data.corpus.DocumentReader}). A record is read, or it is counted as dropped with a reason, or the
 * job fails: what is not UTF-8, holds a NUL byte, is too long, or is not the JSON it should be fails with file and
 * offset, or is counted and skipped ({@link apportion.data.corpus.OnBadText}). A byte order mark at the start of a
 * document is no part of it. A file that is no text at all (an archive, a table, UTF-16) is one such record and called
 * by its name. A compressed file that is damaged, or has anything but members, always fails, because nobody can say
 * what is missing.
 *
 * <p>Depends on the JDK, Jackson, zstd-jni, commons-compress, XZ for Java and OpenNLP.
 */
@NullMarked
package apportion.data.corpus;

import org.jspecify.annotations.NullMarked;
