/**
 * The job {@code prepare}: text corpora to a dataset of packed sequences.
 *
 * <pre>
 * files -> ranges -> records -> cleaned -> first of equals -> right language     on executors
 *       -> word counts -> merges                                                 counted on executors, learned on the driver
 *       -> tokens -> streams of the splits -> rows -> parts                      on executors
 * </pre>
 *
 * <p>A document's place in the dataset follows from (file, offset) alone: partitions are runs of ranges in that order,
 * the driver adds up how many tokens stand before each partition, and every part has a fixed number of rows. So the
 * same input gives the same bytes whatever the number of partitions, executors and cores.
 *
 * <p>A range is some bytes of a text or of JSON lines, or some row groups of a Parquet file; the driver looks into each
 * table before any is read.
 *
 * <p>Depends on {@code apportion.data}, the packages {@code dataset}, {@code parquet}, {@code storage} and
 * {@code failure}, and Spark.
 */
@NullMarked
package apportion.spark.prepare;

import org.jspecify.annotations.NullMarked;
