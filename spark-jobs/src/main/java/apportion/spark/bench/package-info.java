/**
 * The project's own side-by-side measurements, printed as ratios of two things measured in one run.
 *
 * <p>A peer is never on the product's class path: it runs in a process of its own, whose class path Maven makes of the
 * test scope. Both sides take turns and the medians are compared, so that what else the machine does hits both alike.
 * Both must come to the same result, or there is no ratio. The exception is Deeplearning4j's own
 * {@code TrainingMaster}, which is on our class path: it and ours take turns on one Spark, in a process of its own as
 * well.
 *
 * <p>Depends on {@code apportion.data}, {@code apportion.model}, {@code average}, {@code compute}, {@code conf},
 * {@code dataset}, {@code dl4j}, {@code failure}, {@code prepare}, {@code progress}, {@code storage}, {@code train},
 * Spark, dl4j-spark, Jackson and the JDK.
 */
@NullMarked
package apportion.spark.bench;

import org.jspecify.annotations.NullMarked;
