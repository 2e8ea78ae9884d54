/**
 * One column of texts out of a Parquet file, as bytes.
 *
 * <p>Each file is checked by itself: that it is a whole Parquet file, has the column, that the column holds strings or
 * bytes without a type, and that there is a codec for it. A file is read by row groups, which different tasks may take.
 *
 * <p>The bytes of a damaged file lead the library to whatever exception; each becomes a
 * {@link apportion.data.corpus.CorpusException} that names the file. Sizes that a damaged file gives are checked
 * against its length before memory is taken for them, as far as the library lets us.
 *
 * <p>Depends on {@code apportion.data.corpus}, the package {@code failure}, and Parquet's library, which is Spark's.
 */
@NullMarked
package apportion.spark.parquet;

import org.jspecify.annotations.NullMarked;
