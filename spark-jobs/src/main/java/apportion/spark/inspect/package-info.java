/**
 * What the heads of a checkpoint do while it reads a dataset.
 *
 * <p>Tasks read rows of the validation split, spread over it evenly, and give back sums whose size follows from the
 * model alone ({@link apportion.model.inspect.LayerSums}), so any number of rows can be read. There are at most some
 * hundred tasks; their sums are added up in their order, and results do not depend on the cluster.
 *
 * <p>{@code inspect.html} shows each number as a table of layers by heads whose cells are shaded and say their number;
 * {@code inspect.json} holds all of them.
 */
@NullMarked
package apportion.spark.inspect;

import org.jspecify.annotations.NullMarked;
