/**
 * The section {@code compute}: which backend the tasks of every job compute with.
 *
 * <p>Depends on core-model alone.
 */
@NullMarked
package apportion.spark.compute;

import org.jspecify.annotations.NullMarked;
