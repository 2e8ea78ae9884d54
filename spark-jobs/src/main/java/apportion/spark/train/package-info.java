/**
 * Training: replicas of one model take steps on their own shares of a dataset and are averaged after every round.
 *
 * <p>Words: a <em>step</em> is one optimizer step of one replica; a <em>round</em> is the {@code H} steps between two
 * averages; a <em>cursor</em> counts the sequences that a replica has read. {@code W} replicas, {@code P} parameters.
 *
 * <p>One round:
 *
 * <ol>
 *   <li>The driver broadcasts the parameters, one array of {@code P} floats. Averaged moments follow them, if
 *       {@link apportion.spark.train.OptimizerState} says so.
 *   <li>A stage of {@code W} partitions: each replica takes its optimizer state of the round before, {@code H} AdamW
 *       steps on the sequences behind its cursor, and keeps parameters and state where it ran. The part that it will
 *       need next is read in the background.
 *   <li>The parameters are averaged, weighted by the tokens that each replica predicted, in the order of the replicas:
 *       on the driver if they are small, and otherwise in slices on the executors, with the same bits; see
 *       {@link apportion.spark.average}.
 *   <li>The outer step goes from the old parameters to the mean, or beyond it.
 *   <li>The record of the round says what came of it, where its time went and what was sent.
 *   <li>Every few rounds the driver writes a checkpoint, and measures the validation split.
 * </ol>
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>A replica's round is a function of (run, round, replica, cursor, parameters, optimizer state) and of nothing
 *       else. Spark recomputes it from its lineage when an executor is lost, with the same result.
 *   <li>The average does not depend on the order in which tasks end.
 *   <li>One replica averaged is plain training, bit for bit; a stopped and resumed run is the unbroken run, bit for
 *       bit.
 *   <li>Every sequence is read once per epoch, by one replica, also if their number changes between two runs of an
 *       elastic one; see {@link apportion.spark.train.Allotment}.
 *   <li>What compression withholds of a replica's changes is added to its next ones; see
 *       {@link apportion.spark.train.Sending}.
 *   <li>A replica that hangs is named and started again, with the same result; see
 *       {@link apportion.spark.train.RoundWatch}.
 *   <li>{@code metrics.jsonl} has one line a round, {@code tensorboard/} the same as event files, one a checkpoint. A
 *       checkpoint is never written of weights that cannot be computed with.
 *   <li>Between rounds numbers are in single precision, whatever precision they are computed in.
 * </ul>
 */
@NullMarked
package apportion.spark.train;

import org.jspecify.annotations.NullMarked;
