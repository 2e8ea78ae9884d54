/**
 * The other side of {@code bench train}: the same model, batches and optimizer on PyTorch through DJL.
 *
 * <p>Compiled with the tests, so that it cannot rot; it runs only in the benchmark's processes. Maven's profile
 * {@code bench} brings libtorch itself, which nothing else downloads.
 */
@NullMarked
package apportion.model.peer;

import org.jspecify.annotations.NullMarked;
