/**
 * The section {@code compute}: which backend the tasks of every job compute with, on which GPU, and what Spark must be
 * set to.
 *
 * <p>Depends on core-model, on the names of Spark's settings, and on {@code failure}.
 */
@NullMarked
package apportion.spark.compute;

import org.jspecify.annotations.NullMarked;
