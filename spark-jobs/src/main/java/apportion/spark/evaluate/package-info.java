/**
 * Measuring a model: the loss of every predicted token, summed by document, computed by Spark tasks.
 *
 * <p>A <em>window</em> is a stretch of tokens that goes through the model at once. A text's tokens {@code t_0 ..
 * t_(n-1)} are cut into windows of at most {@code T} inputs so that each of {@code t_1 .. t_(n-1)} is predicted exactly
 * once; nothing is added to them. A dataset's rows are windows as they stand, so the first token of a row is not
 * predicted.
 *
 * <p>The tasks, and the order of all sums, follow from the data and the batch alone: results do not depend on the
 * cluster.
 */
@NullMarked
package apportion.spark.evaluate;

import org.jspecify.annotations.NullMarked;
