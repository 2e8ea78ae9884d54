/** Tests of the package of the same name. */
@NullMarked
package apportion.data.pack;

import org.jspecify.annotations.NullMarked;
