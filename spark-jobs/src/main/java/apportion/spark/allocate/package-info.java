/** Estimating what an allocation needs to know of a text: how much each of the tokens before tells of the next one. */
@NullMarked
package apportion.spark.allocate;

import org.jspecify.annotations.NullMarked;
