/** Tests of the package of the same name, and where the shared texts are found. */
@NullMarked
package apportion.data;

import org.jspecify.annotations.NullMarked;
