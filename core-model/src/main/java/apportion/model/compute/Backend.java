package apportion.model.compute;

import apportion.model.config.Activation;
import apportion.model.config.AttentionShape;
import apportion.model.config.Norm;
import java.util.Optional;

/**
 * Where and how the Transformer's numbers are computed.
 *
 * <p>An instance serves one thread, and takes only tensors and tokens that it allocated, or slices of them. Shapes are
 * the caller's duty: a mismatch throws {@link IllegalArgumentException} where a backend notices it. The letters in the
 * parameters' names are shapes; the package's documentation has the legend.
 */
public interface Backend extends AutoCloseable {

    /** The name that configurations use, for example {@code nd4j}. */
    String name();

    /** The numbers that it computes with. */
    Precision precision();

    /** Makes the calling thread the one that it serves; needed where another one opened it. */
    default void attach() {}

    // ---- memory ----

    /** A matrix of zeros. */
    Tensor allocate(long rows, long columns);

    /** Room for up to {@code capacity} token ids. */
    Tokens allocateTokens(int capacity);

    /** Copies from the host, in row-major order. */
    void write(float[] values, Tensor out);

    /** Copies to the host, in row-major order; doubles are rounded. */
    void read(Tensor x, float[] out);

    /** Sets every number to 0. */
    void clear(Tensor x);

    // ---- the model's edges ----

    /** {@code out[r] = table[token_r]}: a row of the table for each token, or of any matrix for each index. */
    void embed(Tensor table_vc, Tokens tokens, Tensor out_nc);

    /** Adds row {@code r} to the gradient of row {@code token_r} of the table. */
    void embedBackward(Tensor dOut_nc, Tokens tokens, Tensor dTable_vc);

    /** Adds row {@code i} of the table to token {@code i} of every sequence of {@code time} tokens. */
    void addPositions(Tensor table_tc, int time, Tensor x_nc);

    /** Adds to row {@code i} of the table's gradient the rows of token {@code i} of every sequence. */
    void addPositionsBackward(Tensor dX_nc, int time, Tensor dTable_tc);

    /**
     * Cross-entropy of each row with its target, and its gradient, in one pass.
     *
     * @param logits_nv become {@code gradientScale * (softmax(logits) - onehot(target))}
     * @param targets one for each row; rows of {@link Tokens#NONE} get loss 0 and gradient 0
     * @param losses_n1 overwritten with {@code -log softmax(logits)[target]}, in nats
     */
    void crossEntropy(Tensor logits_nv, Tokens targets, double gradientScale, Tensor losses_n1);

    // ---- inside a block ----

    /** {@code out = x W^T + bias}, with {@code W [o, i]} as PyTorch's linear layers have it. */
    void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor out_no);

    /**
     * {@code out = x W^T + bias + addend}, which saves a pass over {@code out} where a backend adds as it multiplies.
     */
    default void linear(Tensor x_ni, Tensor weight_oi, Optional<Tensor> bias_1o, Tensor addend_no, Tensor out_no) {
        linear(x_ni, weight_oi, bias_1o, out_no);
        add(addend_no, out_no);
    }

    /**
     * {@code dX = dOut W}.
     *
     * @param add whether to add to {@code dX_ni} instead of overwriting it
     */
    void linearBackwardInput(Tensor dOut_no, Tensor weight_oi, Tensor dX_ni, boolean add);

    /** Adds {@code dOut^T x} to the weight's gradient and the column sums of {@code dOut} to the bias's. */
    void linearBackwardWeight(Tensor x_ni, Tensor dOut_no, Tensor dWeight_oi, Optional<Tensor> dBias_1o);

    /**
     * Both gradients of {@link #linear} in one go: {@code dX} is overwritten, those of the weight and the bias are
     * added to.
     */
    default void linearBackward(
            Tensor x_ni, Tensor weight_oi, Tensor dOut_no, Tensor dX_ni, Tensor dWeight_oi, Optional<Tensor> dBias_1o) {
        linearBackwardWeight(x_ni, dOut_no, dWeight_oi, dBias_1o);
        linearBackwardInput(dOut_no, weight_oi, dX_ni, false);
    }

    /**
     * Normalises each row, then applies gain and bias.
     *
     * @param bias_1c absent for RMS norms and for models without biases
     * @param statistics_n2 overwritten with what the backward pass needs, laid out as the backend likes
     */
    void norm(Norm norm, Tensor x_nc, Tensor gain_1c, Optional<Tensor> bias_1c, Tensor out_nc, Tensor statistics_n2);

    /**
     * Back-propagates through {@link #norm}.
     *
     * @param dX_nc added to: the residual stream's gradient passes by
     */
    void normBackward(
            Norm norm,
            Tensor dOut_nc,
            Tensor x_nc,
            Tensor gain_1c,
            Tensor statistics_n2,
            Tensor dX_nc,
            Tensor dGain_1c,
            Optional<Tensor> dBias_1c);

    /**
     * Applies the activation.
     *
     * @param hidden its {@code [n, F]} inputs; of a gated activation {@code [n, 2F]}: the gates, then what they gate
     */
    void activation(Activation activation, Tensor hidden, Tensor out_nf);

    /** Back-propagates through {@link #activation}; {@code dHidden} is overwritten. */
    void activationBackward(Activation activation, Tensor dOut_nf, Tensor hidden, Tensor dHidden);

    /**
     * The attention of one layer.
     *
     * @param weights what the shape asks for; read anew by every pass
     * @param gradients of the same; backward passes add to them
     */
    CausalAttention attention(AttentionShape shape, AttentionWeights weights, AttentionWeights gradients);

    /** Puts two matrices side by side: {@code out = [left right]}. */
    void join(Tensor left_ni, Tensor right_nj, Tensor out);

    /** Takes two matrices apart that stand side by side: the inverse of {@link #join}, and its gradient. */
    void split(Tensor x, Tensor left_ni, Tensor right_nj);

    /** Softmax of each row, in place. Numbers far below a row's largest become exact zeros. */
    void softmax(Tensor x);

    /**
     * Back-propagates through {@link #softmax}.
     *
     * @param probabilities what it gave
     * @param d the gradient of that; becomes the gradient of what went in
     */
    void softmaxBackward(Tensor probabilities, Tensor d);

    /** {@code out[r] = factor_r x[r]}; {@code out} may be {@code x}. */
    void scaleRows(Tensor x_nc, Tensor factors_n1, Tensor out_nc);

    /** {@code out[r] = a[r] . b[r]}. */
    void rowDots(Tensor a_nc, Tensor b_nc, Tensor out_n1);

    /** {@code y = x}. */
    void copy(Tensor x, Tensor y);

    /** {@code y += x}. */
    void add(Tensor x, Tensor y);

    /**
     * Zeroes a random share of the numbers and scales the others by {@code 1 / (1 - rate)}, in place. The mask depends
     * on the seed and the shape alone, so the same call on the gradient is the backward pass.
     */
    void dropout(Tensor x, double rate, long seed);

    // ---- optimisation ----

    /** Sum of all numbers. */
    double sum(Tensor x);

    /** Sum of the squares of all numbers. */
    double squaredNorm(Tensor x);

    /** {@code x *= factor}. */
    void scale(Tensor x, double factor);

    /**
     * Updates the weights and both moments in place.
     *
     * @param gradients undefined afterwards
     */
    void adamW(AdamWStep step, Tensor weights, Tensor gradients, Tensor firstMoment, Tensor secondMoment);

    @Override
    void close();
}
