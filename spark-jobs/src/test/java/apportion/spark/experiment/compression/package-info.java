@NullMarked
package apportion.spark.experiment.compression;

import org.jspecify.annotations.NullMarked;
