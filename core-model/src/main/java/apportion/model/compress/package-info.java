/**
 * Teacher heads to smaller student heads.
 *
 * <p>A head of dimension {@code d} is two products of matrices: its scores are {@code x^T A y} with {@code A = scale
 * W_Q^T W_K}, and its results {@code B m} with {@code B = W_O W_V}, where {@code x, y} are tokens, {@code m} their
 * mixes, and weights are as PyTorch has them, outputs by inputs. A student of dimension {@code r} has the best
 * {@code A'} and {@code B'} of rank {@code r}: {@code A = U S V^T}, {@code W_Q' = S_r^(1/2) U_r^T}, {@code W_K' =
 * S_r^(1/2) V_r^T}, whose scores are the teacher's in size, too, as the teacher's scale is within {@code A} and what
 * the student's own scale would do is divided out of its matrices. So a head of {@code r} may stand beside heads of
 * {@code d}, and {@code model.attention.scale} stays.
 *
 * <p>What is best depends on the measure (arXiv 2510.03784 takes the first; A3, arXiv 2505.12942, argues for the
 * second):
 *
 * <ul>
 *   <li>of the weights alone: least squares of {@code A - A'} and {@code B - B'};
 *   <li>of data: least squares of {@code x^T (A - A') y} over independent {@code x} and {@code y} of the data, and of
 *       {@code (B - B') m} over its mixes. This needs only the {@code d x d} second moments of queries, keys and mixes
 *       ({@link apportion.model.compress.HeadMoments}, {@link apportion.model.inspect.ThinProduct}).
 * </ul>
 *
 * <p>At full rank a student gives its teacher's logits. Where that identity needs care:
 *
 * <table>
 * <caption>Variants of attention</caption>
 * <tr><td>biases</td><td>a query's is a column of its matrix; a key's does not change probabilities and is left out; a
 *     value's adds a constant, which the output's bias takes over</td></tr>
 * <tr><td>kv-heads</td><td>heads with one key are compressed together: their queries are stacked against it, their
 *     outputs against the value; of data, the moments of their mixes are added up</td></tr>
 * <tr><td>windows, alibi, relative, learned or sinusoidal positions</td><td>act before or behind the products and
 *     stay as they are</td></tr>
 * <tr><td>sharing.qkv = query-key</td><td>{@code A} is symmetric without negative eigenvalues, so its factors are equal
 *     again</td></tr>
 * <tr><td>sharing.layers</td><td>one attention: all layers or none</td></tr>
 * <tr><td>rotary positions, qk-norm</td><td>scores are no product with one matrix: only values can get a lower
 *     rank</td></tr>
 * <tr><td>keys that are values</td><td>one matrix would have to be best for two products: refused</td></tr>
 * </table>
 *
 * <p>A head has one dimension for queries, keys and values. So a lower rank of one product alone shrinks nothing here;
 * it only shows what would be lost.
 */
@NullMarked
package apportion.model.compress;

import org.jspecify.annotations.NullMarked;
