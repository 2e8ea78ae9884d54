/** Tests. */
@NullMarked
package apportion.spark.compute;

import org.jspecify.annotations.NullMarked;
