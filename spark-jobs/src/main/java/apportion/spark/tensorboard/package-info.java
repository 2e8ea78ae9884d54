/**
 * Event files, as TensorBoard reads them: records of the TFRecord format, each an {@code Event} in protocol buffers.
 *
 * <p>The two formats are written by hand, since what is written is a handful of fields, and the libraries that know
 * them bring all of TensorFlow. Depends on the JDK alone.
 */
@NullMarked
package apportion.spark.tensorboard;

import org.jspecify.annotations.NullMarked;
