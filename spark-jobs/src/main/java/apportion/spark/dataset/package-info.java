/**
 * The dataset on disk: packed sequences in Parquet parts, a tokenizer, and a manifest that vouches for both.
 *
 * <pre>
 * manifest.json                what is in the dataset, and where it came from ({@link apportion.spark.dataset.DatasetManifest})
 * tokenizer.json               Hugging Face's format
 * train/train-00000.parquet    part-sequences rows each, the last part of a split fewer
 * validation/validation-00000.parquet
 * </pre>
 *
 * <p>A row has {@code tokens}, a required list of required int32 in the standard layout of three levels, and
 * {@code document}, the ordinal within the split of the document that the row's first token belongs to. How rows follow
 * from documents is said in {@link apportion.data.pack}.
 *
 * <p>Invariants: the same input gives the same bytes, however the work was spread; a dataset appears whole or not at
 * all; a part is read only if its SHA-256 is the manifest's. Reading needs no Spark session, so it can happen inside a
 * task.
 */
@NullMarked
package apportion.spark.dataset;

import org.jspecify.annotations.NullMarked;
