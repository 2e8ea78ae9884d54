/**
 * Any of Deeplearning4j's {@code MultiLayerNetwork}s on Spark: a {@code TrainingMaster} that averages the parameters of
 * {@code W} workers after every {@code H} mini-batches, weighted by the examples that each has seen.
 *
 * <p>One element of an {@code RDD<DataSet>} is one mini-batch. The RDD is cut into {@code W} stretches in its own
 * order; each worker fits its stretch from the beginning to the end, {@code H} mini-batches a round. What the updater
 * remembers (Adam's moments, momentum) and the iteration that it counts stay with the worker, from round to round and
 * from one call of {@code fit} to the next.
 *
 * <p>Small workers live on the driver and travel to their stretches and back. Up to 100 rounds are one Spark job of
 * {@code W} tasks that run side by side and meet on the driver after each round, if there is room for all of them and
 * nobody listens; otherwise a round is a job. Large workers stay on the executors as the lineage of an RDD, a job a
 * round. All ways come to the same bits, and none gives Spark a lambda in a round, since it analyses the byte code of
 * each one.
 *
 * <p>Invariants:
 *
 * <ul>
 *   <li>One worker is {@code network.fit} on the same mini-batches, bit for bit, unless layers draw random numbers.
 *   <li>The result follows from the network, the RDD's order, {@code W} and {@code H}: not from scheduling or retries.
 *   <li>Parameters and updater states travel as primitive arrays.
 * </ul>
 *
 * <p>Apportion's own jobs train without it, see {@link apportion.spark.train}. Depends on Spark, dl4j-spark,
 * {@code average} and {@code compute}.
 */
@NullMarked
package apportion.spark.dl4j;

import org.jspecify.annotations.NullMarked;
