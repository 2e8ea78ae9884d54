/** Tests. */
@NullMarked
package apportion.spark.average;

import org.jspecify.annotations.NullMarked;
