/** Text to tokens to packed sequences. Knows neither the model nor Spark. */
@NullMarked
package apportion.data;

import org.jspecify.annotations.NullMarked;
