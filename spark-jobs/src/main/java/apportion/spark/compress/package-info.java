/**
 * Smaller heads for a trained model: reads a checkpoint, has {@link apportion.model.compress} make a student of it,
 * measures both on a dataset, and writes the student as a run of its own that every command reads.
 *
 * <p>Tasks read rows of the training split, spread over it evenly, and give back second moments whose size follows from
 * the model alone; those are added up on the executors, a layer at a time. Other tasks read the validation split, and
 * send sums of squares and losses to the driver. So any number of rows can be read. A student without data is made
 * where the command runs.
 */
@NullMarked
package apportion.spark.compress;

import org.jspecify.annotations.NullMarked;
