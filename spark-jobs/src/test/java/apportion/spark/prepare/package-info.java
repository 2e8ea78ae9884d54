/** Tests of the package of the same name, on a local Spark. */
@NullMarked
package apportion.spark.prepare;

import org.jspecify.annotations.NullMarked;
