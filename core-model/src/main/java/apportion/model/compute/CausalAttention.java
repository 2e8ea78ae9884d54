package apportion.model.compute;

/**
 * Causal multi-head attention of one layer, between its projections. It keeps what its backward pass needs from its
 * forward pass, but not what the caller keeps anyway.
 *
 * <p>Each row of {@code projected_np} holds the queries, the keys and the values of one token, where
 * {@link apportion.model.config.AttentionShape} says. For every query head, {@code o_i = sum_j p_ij v_j} with
 * {@code p_i = softmax_j(scale q_i . k_j + bias_ij)} (Vaswani et al. 2017, equation 1), where {@code j} runs over the
 * tokens {@code i - window < j <= i}. On their way from the row, the numbers of a role are multiplied by its diagonal;
 * queries and keys are then normalised, then turned by rotary positions. The bias is that of alibi or relative
 * positions. Each only where the shape has it.
 */
public interface CausalAttention extends AutoCloseable {

    /**
     * Attends within each of the {@code n / time} sequences.
     *
     * @param time {@code t}: tokens of a sequence
     * @param mixed_na overwritten with the heads' results side by side
     */
    void forward(Tensor projected_np, int time, Tensor mixed_na);

    /**
     * Back-propagates through the latest {@link #forward}.
     *
     * @param projected_np what that was given, unchanged
     * @param mixed_na what that wrote, unchanged
     * @param dProjected_np overwritten; a column that several roles read gets the sum of their gradients
     */
    void backward(Tensor projected_np, Tensor mixed_na, Tensor dMixed_na, Tensor dProjected_np);

    /**
     * Frees what the latest {@link #forward} kept: there will be no backward pass, or another forward pass before it.
     */
    void release();

    @Override
    void close();
}
