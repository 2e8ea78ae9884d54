@NullMarked
package apportion.spark.experiment.variants;

import org.jspecify.annotations.NullMarked;
