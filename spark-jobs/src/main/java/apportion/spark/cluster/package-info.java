/**
 * The section {@code cluster}: what becomes of a job when its cluster does not give it what it needs.
 *
 * <p>Spark does a lost executor's work again on another, and waits for ever if there is none.
 * {@link apportion.spark.cluster.ExecutorWatch} ends that; {@link apportion.spark.cluster.ClusterFailure} says in one
 * line what Spark says in a stack trace.
 *
 * <p>{@link apportion.spark.cluster.Authentication} has whoever connects to Spark know a secret;
 * {@link apportion.spark.cluster.ScratchDirectories} keeps what Spark spills to disk from other users, and removes what
 * a killed process left.
 *
 * <p>Depends on Spark's core and on {@code failure}.
 */
@NullMarked
package apportion.spark.cluster;

import org.jspecify.annotations.NullMarked;
