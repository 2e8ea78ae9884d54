/** Tests. */
@NullMarked
package apportion.spark.train;

import org.jspecify.annotations.NullMarked;
