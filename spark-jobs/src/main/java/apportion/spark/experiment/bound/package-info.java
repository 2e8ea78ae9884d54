/**
 * The bound of arXiv 2510.03784 drawn against the number of heads, and held against what is known of the paper's own
 * curve.
 *
 * <p>Nothing is trained. The curve is {@link apportion.model.allocation.HeadCurve}'s.
 */
@NullMarked
package apportion.spark.experiment.bound;

import org.jspecify.annotations.NullMarked;
