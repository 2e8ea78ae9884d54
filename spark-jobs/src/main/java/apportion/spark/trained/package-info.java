/**
 * A model that a run left behind, ready to be used: its sizes, its parameters and its tokenizer.
 *
 * <p>Knows the layout of a run's directory: checkpoints in directories of their own, {@code tokenizer.json} beside
 * them.
 */
@NullMarked
package apportion.spark.trained;

import org.jspecify.annotations.NullMarked;
