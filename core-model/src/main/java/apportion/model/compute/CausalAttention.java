package apportion.model.compute;

/**
 * Causal multi-head attention of one layer, between its projections; it has no weights. It keeps what its backward pass
 * needs from its forward pass.
 *
 * <p>Each row of {@code qkv_n3a} holds the query, the key and the value of one token, each {@code A} wide, each divided
 * into the layer's heads in their order. For every head of dimension {@code d}, {@code o_i = sum_{j <= i} p_ij v_j}
 * with {@code p_i = softmax_{j <= i}(q_i . k_j / sqrt(d))} (Vaswani et al. 2017, equation 1). With rotary positions
 * queries and keys are turned first.
 */
public interface CausalAttention extends AutoCloseable {

    /**
     * Attends within each of the {@code n / time} sequences.
     *
     * @param time {@code t}: tokens of a sequence
     * @param out_na overwritten
     */
    void forward(Tensor qkv_n3a, int time, Tensor out_na);

    /**
     * Back-propagates through the latest {@link #forward}.
     *
     * @param dQkv_n3a overwritten
     */
    void backward(Tensor dOut_na, Tensor dQkv_n3a);

    @Override
    void close();
}
