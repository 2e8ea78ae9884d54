package apportion.model.config;

import java.io.Serializable;

/**
 * A model that maps a sequence of vectors to a sequence of vectors, as theory treats it: attention between two linear
 * maps, without norms.
 *
 * <p>{@code x -> in -> attention (-> x + attention)* (-> x + feedForward) -> out}. A single attention has no residual
 * connection, so that all that the output knows has passed through its heads; of several each has one.
 *
 * @param inputs {@code I}: numbers of an input vector
 * @param outputs {@code O}: numbers of an output vector
 * @param width {@code C}: numbers per token between the linear maps
 * @param layers {@code L}: attentions, one after the other
 * @param attention how each of them divides its width
 * @param positions how their scores learn of places: none, alibi or relative
 * @param bias whether linear maps have biases; without, scores that ignore the tokens' content come from positions
 *     alone
 * @param hidden hidden numbers of a position-wise network after the last attention; 0 for none
 */
public record RegressionConfig(
        int inputs,
        int outputs,
        int width,
        int layers,
        AttentionConfig attention,
        Positions positions,
        boolean bias,
        int hidden)
        implements Serializable {

    public RegressionConfig {
        Check.atLeast(1, inputs, "inputs");
        Check.atLeast(1, outputs, "outputs");
        Check.atLeast(1, width, "width");
        Check.atLeast(1, layers, "layers");
        Check.atMost(ModelConfig.MOST_LAYERS, layers, "layers");
        Check.atLeast(0, hidden, "hidden");
        if (positions instanceof Positions.Learned || positions instanceof Positions.Sinusoidal) {
            throw new IllegalArgumentException("positions of a regression must be in its scores, as inputs are no token"
                    + " vectors that a table could be added to; use none, alibi, relative or rotary");
        }
    }

    /** What each attention computes. */
    public AttentionShape attentionShape() {
        Norm none = new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE);
        BlockConfig block = new BlockConfig(attention, feedForward(), none, bias, 0);
        return AttentionShape.of(block, Sharing.Qkv.NONE, positions);
    }

    /** Whether a position-wise network follows. */
    public boolean hasFeedForward() {
        return hidden > 0;
    }

    /** That network. */
    public FeedForwardConfig feedForward() {
        return new FeedForwardConfig(Math.max(1, hidden), Activation.GELU);
    }

    /** Matrices start by their sizes (Glorot and Bengio 2010). */
    public Initialization initialization() {
        return new Initialization.Xavier(1);
    }
}
