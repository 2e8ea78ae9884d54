/** Tests. */
@NullMarked
package apportion.spark.cluster;

import org.jspecify.annotations.NullMarked;
