/**
 * Trying the layouts of an attention budget: for each layout and seed one <em>trial</em>, trained and measured like any
 * other run.
 *
 * <p>A sweep's directory holds {@code sweep.json} (what all trials have in common), {@code plan.json} (which trials the
 * newest configuration asks for), {@code ledger.jsonl} (one line for each trial that ended, only ever added to),
 * {@code trials/<id>/} (its checkpoints, metrics and losses by document), the report, and {@code results.parquet} (a
 * row for each trial). A trial's id is the hash of everything that could change its result; a trial that ended is not
 * run again.
 *
 * <p>Trials run side by side, as many as the cluster has slots for; what a trial computes does not depend on its
 * neighbours.
 */
@NullMarked
package apportion.spark.sweep;

import org.jspecify.annotations.NullMarked;
