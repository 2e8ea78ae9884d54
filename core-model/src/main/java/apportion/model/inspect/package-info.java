/**
 * What heads do, in numbers.
 *
 * <p>Of each head, with scores {@code s_ij}, probabilities {@code p_i = softmax(s_i)} and tokens {@code x_i}, means
 * over all queries {@code i} but the first of a sequence, which sees itself alone
 * ({@link apportion.model.inspect.AttentionStatistics}):
 *
 * <table>
 * <caption>Means over queries</caption>
 * <tr><td>entropy</td><td>{@code - sum_j p_ij ln p_ij}, in nats: 0 if one token has all, {@code ln L} if {@code L}
 *     tokens have the same</td></tr>
 * <tr><td>distance</td><td>{@code sum_j p_ij (i - j)}, in tokens</td></tr>
 * <tr><td>first</td><td>{@code p_i0}: the share of the sequence's first token, which heads that have nothing to do
 *     attend to (Xiao et al. 2023, section 3.1)</td></tr>
 * <tr><td>logit norm</td><td>{@code ||s_i - mean_j s_ij||_2}: the softmax does not see the mean</td></tr>
 * <tr><td>Jacobian</td><td>{@code ||diag(p_i) - p_i p_i^T||_2}: how much probabilities can move with scores;
 *     {@code 1/L} for {@code L} equal ones, near 0 where one token has all (arXiv 2510.03784, theorem 2)</td></tr>
 * <tr><td>previous</td><td>{@code p_i,i-1}</td></tr>
 * <tr><td>same</td><td>{@code sum p_ij} over {@code j < i} with {@code x_j = x_i}; a mean over queries whose token was
 *     there before</td></tr>
 * <tr><td>induction</td><td>{@code sum p_ij} over {@code j} with {@code x_(j-1) = x_i}: the tokens that followed this
 *     one before; likewise. Of whatever is read: a dataset, or the random tokens, repeated once, on which Olsson et al.
 *     2022 define it as "prefix matching" ({@link apportion.model.inspect.RepeatedTokens})</td></tr>
 * <tr><td>importance</td><td>what the loss of a token rises by, in nats, when the head adds nothing to the residual
 *     stream ({@link apportion.model.inspect.HeadCut}; Michel et al. 2019, section 3)</td></tr>
 * <tr><td>similarity</td><td>cosine between two heads' probabilities, all of them as one vector</td></tr>
 * </table>
 *
 * <p>Of matrices alone ({@link apportion.model.inspect.HeadMatrices}):
 *
 * <ul>
 *   <li>effective ranks of {@code W_Q^T W_K} and {@code W_O W_V}: {@link apportion.model.inspect.ThinProduct}. Learned
 *       diagonals and gains are part of the matrices; a rotation by places and the division of qk-norm are not.
 *   <li>copying: {@code sum Re(l) / sum |l|} over the eigenvalues {@code l} of {@code W W_O W_V E^T}, from tokens to
 *       logits; 1 if attending to a token can only raise its logit (Elhage et al. 2021, "copying / positive
 *       eigenvalues"). Norms between the layers and the output's scale are left out.
 * </ul>
 *
 * <p>Probabilities are computed in 64 bits from what the model's own projections gave, beside the pass and not in place
 * of it ({@link apportion.model.inspect.LayerAttention}).
 */
@NullMarked
package apportion.model.inspect;

import org.jspecify.annotations.NullMarked;
