/** Placeholder. */
@NullMarked
package apportion.model.inspect;

import org.jspecify.annotations.NullMarked;
