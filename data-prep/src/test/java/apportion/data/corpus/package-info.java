/** Tests of the package of the same name. */
@NullMarked
package apportion.data.corpus;

import org.jspecify.annotations.NullMarked;
