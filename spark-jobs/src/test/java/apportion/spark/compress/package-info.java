/** Tests of compression with data. */
@NullMarked
package apportion.spark.compress;

import org.jspecify.annotations.NullMarked;
