/** Tests. */
@NullMarked
package apportion.spark.dl4j;

import org.jspecify.annotations.NullMarked;
