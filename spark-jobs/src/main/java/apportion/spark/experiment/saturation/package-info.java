/**
 * How much attention's probabilities can move with scores as sequences grow: theorem 2 and corollary 2 of arXiv
 * 2510.03784, in simulations and in trained models.
 *
 * <p>The norm of the softmax's Jacobian is {@link apportion.model.inspect.SoftmaxJacobian}'s; slopes are least squares
 * of logarithms, one for each seed or model, with Student's interval over them; a model's is the mean over its heads.
 */
@NullMarked
package apportion.spark.experiment.saturation;

import org.jspecify.annotations.NullMarked;
