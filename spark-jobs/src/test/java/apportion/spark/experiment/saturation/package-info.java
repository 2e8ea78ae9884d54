@NullMarked
package apportion.spark.experiment.saturation;

import org.jspecify.annotations.NullMarked;
