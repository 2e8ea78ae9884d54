@NullMarked
package apportion.spark.experiment.tasks;

import org.jspecify.annotations.NullMarked;
