/**
 * How an attention budget {@code D} can be divided into heads.
 *
 * <p>The budget is the attention width of one layer, {@code D = sum over groups of heads * headDim}, as in "Allocation
 * of Parameters in Transformers" (arXiv 2510.03784). Depends on the JDK and {@code model.config} only.
 */
@NullMarked
package apportion.model.allocation;

import org.jspecify.annotations.NullMarked;
