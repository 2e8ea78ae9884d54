/**
 * Exact counts of a model's parameters, floating-point operations and memory, from its configuration alone.
 *
 * <p>Letters as in {@link apportion.model.config}. Depends on the JDK and {@code model.config} only.
 */
@NullMarked
package apportion.model.count;

import org.jspecify.annotations.NullMarked;
