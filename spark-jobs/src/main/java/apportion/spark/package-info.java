/** The command line and the Spark jobs. */
@NullMarked
package apportion.spark;

import org.jspecify.annotations.NullMarked;
