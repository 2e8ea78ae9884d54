@NullMarked
package apportion.spark.study;

import org.jspecify.annotations.NullMarked;
