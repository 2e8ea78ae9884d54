package apportion.model.config;

import java.io.Serializable;

/**
 * The position-wise network of one block.
 *
 * @param width {@code F}: hidden numbers per token
 * @param activation what stands between the two projections
 */
public record FeedForwardConfig(int width, Activation activation) implements Serializable {

    public FeedForwardConfig {
        Check.atLeast(1, width, "feed-forward.width");
    }

    /** Numbers per token that the first projection gives: {@code F}, or {@code 2F} for a gated activation. */
    public long hiddenWidth() {
        return (long) activation.projections() * width;
    }
}
