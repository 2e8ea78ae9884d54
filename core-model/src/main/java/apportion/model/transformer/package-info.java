/**
 * The Transformer, forward and backward, written once against {@link apportion.model.compute.Backend}.
 *
 * <p>Letters as in {@link apportion.model.config} and {@link apportion.model.compute}: a variable {@code x_nc} holds
 * {@code n = b t} tokens of {@code C} numbers each.
 *
 * <p>{@link apportion.model.transformer.Decoder} is the language model; {@link apportion.model.transformer.Regressor}
 * puts the same attention between linear maps, without norms, for tasks on vectors that theory speaks of.
 *
 * <p>All weights are slices of one flat vector, and so are their gradients;
 * {@link apportion.model.transformer.ParameterLayout} says where each lies. A shared weight is one slice under several
 * names. Matrices come first and norms' and biases' vectors last, so that weight decay applies to one run of numbers.
 *
 * <p>A forward pass keeps what its backward pass needs, of some blocks only what went in: those are computed again,
 * with the same bits, and share one block's memory. The gradient of the residual stream then travels back in one
 * tensor, to which every sublayer adds its own part in place.
 */
@NullMarked
package apportion.model.transformer;

import org.jspecify.annotations.NullMarked;
