/**
 * Comparing ways to train: <em>arms</em>, each a few settings, are trained with the same seeds under each of several
 * <em>conditions</em>, and set against one of them.
 *
 * <p>A sweep compares layouts of attention and finds a learning rate for each; an experiment compares anything that
 * settings can say, and nothing is tuned. Within a condition each arm is set against the baseline seed by seed; each
 * interval holds by itself and allows for other seeds, not for other documents.
 *
 * <p>An experiment's directory holds {@code trials/<id>/} (each a training run like any other), {@code runs.jsonl} (one
 * line a trial), {@code report.md} and {@code report.html}. A trial's id is the hash of everything that could change
 * its result. A trial that was stopped goes on from its checkpoint, and one that ended is only read.
 */
@NullMarked
package apportion.spark.experiment.variants;

import org.jspecify.annotations.NullMarked;
