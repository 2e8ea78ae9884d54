/**
 * Files to documents: reading, decoding, cleaning, language.
 *
 * <p>A <em>record</em> is a document's bytes as they lie in a file, with the offset of its first byte; offsets in a
 * compressed file count decompressed bytes. A large file may be read in ranges of bytes by different machines: a record
 * belongs to the range in which it starts, so every record is read exactly once however the file is split.
 *
 * <p>Bytes must be UTF-8. What is not, holds a NUL byte or is too long fails with file and offset, or is counted and
 * skipped ({@link apportion.data.corpus.OnBadText}). A compressed file that ends early always fails, because nobody can
 * say what is missing.
 *
 * <p>Depends on the JDK, Jackson, zstd-jni and OpenNLP.
 */
@NullMarked
package apportion.data.corpus;

import org.jspecify.annotations.NullMarked;
