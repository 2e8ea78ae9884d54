@NullMarked
package apportion.spark.experiment.bound;

import org.jspecify.annotations.NullMarked;
