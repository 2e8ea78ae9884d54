/**
 * Smaller heads for a trained model: reads a checkpoint, has {@link apportion.model.compress} make a student of it,
 * measures both on a dataset, and writes the student as a run of its own that every command reads.
 */
@NullMarked
package apportion.spark.compress;

import org.jspecify.annotations.NullMarked;
