/**
 * Sampling text from a checkpoint, token by token.
 *
 * <p>Each token is drawn from the model's distribution after dividing the logits by the temperature, keeping the
 * {@code top-k} likeliest tokens and of those the fewest whose probabilities reach {@code top-p} (Holtzman et al. 2020,
 * section 3.1). Temperature 0 takes the likeliest token.
 */
@NullMarked
package apportion.spark.generate;

import org.jspecify.annotations.NullMarked;
