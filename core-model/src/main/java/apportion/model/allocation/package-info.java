/**
 * How an attention budget {@code D} can be divided into heads, and what theory says of it.
 *
 * <p>The budget is the attention width of one layer, {@code D = sum over groups of heads * headDim}. After "Allocation
 * of Parameters in Transformers" (arXiv 2510.03784) a layer shall learn {@code y_t = sum over lags i of rho_i x_(t-i)};
 * its heads fall into {@code M} groups, and the {@code H_m} heads of dimension {@code d_m} of group {@code m} serve lag
 * {@code m}. With {@code |x| <= 1} and tokens of dimension {@code d} the error is at most
 *
 * <pre>
 *   sum of |rho_m| (1{d_m <= d} sqrt(1 - d_m / d) + 1.3 e^(0.02 m) / H_m) over served lags m = 1 .. M
 * + sum of |rho_k|                                                        over lags k &gt; M that nobody serves
 * </pre>
 *
 * <p>The target's sum begins at lag 0 in the paper and the bound at lag 1; here lags are 1 to L. The paper's slack
 * {@code eps} is 0, its bound {@code B} on tokens a factor of everything, 1. The problem that it poses, the least bound
 * over {@code M}, {@code H_m} and {@code d_m}, comes without a solver; those here are ours:
 * {@link apportion.model.allocation.Allocator} and {@link apportion.model.allocation.RealAllocation}.
 *
 * <p>A bound is no prediction: it orders layouts for one kind of task in one layer, and measurements may disagree.
 * Depends on the JDK and {@code model.config} only.
 */
@NullMarked
package apportion.model.allocation;

import org.jspecify.annotations.NullMarked;
