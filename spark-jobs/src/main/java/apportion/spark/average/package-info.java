/**
 * The mean of replicas: {@code sum_w n_w x_w / sum_w n_w} over vectors {@code x_w} of {@code P} numbers, where
 * {@code n_w} is what replica {@code w} has seen (McMahan et al. 2017, algorithm 1).
 *
 * <p>Invariants: sums are taken in 64 bits and in the order of the replicas, so neither scheduling nor retries nor
 * slicing can change a bit; the mean of one replica is that replica, bit for bit.
 *
 * <p>Vectors may travel in fewer bits; the mean is then that of what arrives.
 *
 * <p>Depends on Spark alone.
 */
@NullMarked
package apportion.spark.average;

import org.jspecify.annotations.NullMarked;
