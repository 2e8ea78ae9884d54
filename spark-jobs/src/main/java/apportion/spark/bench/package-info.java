/**
 * The project's own side-by-side measurements, printed as ratios of two things measured in one run.
 *
 * <p>A peer is never on the product's class path: it runs in a process of its own, whose class path Maven makes of the
 * test scope. Both sides take turns and the medians are compared, so that what else the machine does hits both alike.
 *
 * <p>Depends on {@code apportion.data}, {@code failure} and the JDK.
 */
@NullMarked
package apportion.spark.bench;

import org.jspecify.annotations.NullMarked;
