@NullMarked
package apportion.spark.experiment;

import org.jspecify.annotations.NullMarked;
