/**
 * The Transformer as one Deeplearning4j output layer, so that {@code MultiLayerNetwork}, its updaters, serializers and
 * listeners, and dl4j-spark's training masters can carry it.
 *
 * <p>Features are token ids {@code [b, t]}, labels the ids that follow, {@code [b, t]} as well, with -1 where nothing
 * is to be predicted. The score is the mean loss per predicted token, in nats, and nothing else. The network's
 * flattened parameters and gradients are the very memory that {@link apportion.model.transformer.Decoder} works on.
 * Activations are probabilities {@code [b, V, t]}, Deeplearning4j's order for sequences.
 *
 * <p>The layer's gradient is that of the mean loss already, so a configuration must not divide it by the minibatch
 * again: {@link apportion.model.dl4j.TransformerNetwork} sees to that, and to workspaces, which the layer does not use.
 */
@NullMarked
package apportion.model.dl4j;

import org.jspecify.annotations.NullMarked;
