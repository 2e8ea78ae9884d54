/** The Transformer: its configuration, parameters, compute and checkpoints. */
@NullMarked
package apportion.model;

import org.jspecify.annotations.NullMarked;
