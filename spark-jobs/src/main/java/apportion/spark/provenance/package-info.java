/**
 * Which program, on which machine, produced a result.
 *
 * <p>Depends on Spark alone, for its version.
 */
@NullMarked
package apportion.spark.provenance;

import org.jspecify.annotations.NullMarked;
