package apportion.model.config;

import java.io.Serializable;

/**
 * The position-wise network of one block.
 *
 * @param width {@code F}: hidden numbers per token
 * @param activation what stands between the two projections
 * @param experts how many such networks there are, and which of them a token sees
 */
public record FeedForwardConfig(int width, Activation activation, Experts experts) implements Serializable {

    public FeedForwardConfig {
        Check.atLeast(1, width, "feed-forward.width");
    }

    /** A single network. */
    public FeedForwardConfig(int width, Activation activation) {
        this(width, activation, Experts.ONE);
    }

    /** Numbers per token that the first projection gives: {@code F}, or {@code 2F} for a gated activation. */
    public long hiddenWidth() {
        return (long) activation.projections() * width;
    }
}
