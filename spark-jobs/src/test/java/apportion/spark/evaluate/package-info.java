/** Tests. */
@NullMarked
package apportion.spark.evaluate;

import org.jspecify.annotations.NullMarked;
