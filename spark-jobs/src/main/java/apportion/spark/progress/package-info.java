/**
 * How far a job has come, told to whoever shows it: a bar with the time left, plain lines, or nobody.
 *
 * <p>Jobs call it on the driver only. Depends on the JDK alone.
 */
@NullMarked
package apportion.spark.progress;

import org.jspecify.annotations.NullMarked;
