/** Tests of the package of the same name. */
@NullMarked
package apportion.data.tokenize;

import org.jspecify.annotations.NullMarked;
