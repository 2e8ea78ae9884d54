/**
 * The fast CPU backend: oneDNN's primitives on native memory, loops over small Java arrays for the rest.
 *
 * <p>Threads: the caller and its helpers ({@link apportion.model.compute.onednn.Crew}) take chunks of each operation;
 * where a chunk begins depends on the shapes alone and each of oneDNN's primitives runs in one thread, so the bits do
 * not depend on how many threads there are. A weight's gradient is cut by blocks of the weight: it is never summed over
 * threads.
 *
 * <p>Memory: primitives, their arguments and scratch memory are made at a shape's first use and kept
 * ({@link apportion.model.compute.onednn.Plans}); a step afterwards allocates nothing outside Java's heap.
 *
 * <p>What the design rests on was measured; docs/decisions has the numbers.
 */
@NullMarked
package apportion.model.compute.onednn;

import org.jspecify.annotations.NullMarked;
