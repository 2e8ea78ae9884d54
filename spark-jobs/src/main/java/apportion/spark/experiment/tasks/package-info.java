/**
 * Synthetic tasks whose solution is known, learned by small attention models with different heads.
 *
 * <p>A trial is one model with one seed: network, data and optimizer live within one Spark task, and its result follows
 * from its settings alone. Trials run side by side, one in each of Spark's task slots. Each is written to
 * {@code trials.jsonl} as soon as it has ended, under the hash of everything that could change it, and is not run
 * again.
 *
 * <p>Errors are mean squared errors on sequences that were not trained on, divided by the variance of the targets
 * (NMSE): 1 is what the best constant reaches. They span orders of magnitude, so they are averaged and compared as
 * logarithms: a difference between two cells is the ratio of their errors, paired over seeds.
 */
@NullMarked
package apportion.spark.experiment.tasks;

import org.jspecify.annotations.NullMarked;
