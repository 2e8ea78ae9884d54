@NullMarked
package apportion.spark.parquet;

import org.jspecify.annotations.NullMarked;
