package apportion.model.config;

import java.io.Serializable;

/**
 * How a query scores keys.
 *
 * @param scale factor of their product
 * @param window how many tokens a token may attend to: itself and the {@code window - 1} before it
 * @param qkNorm whether each query and each key is divided by its root mean square and multiplied by learned gains, one
 *     for each of the {@code d} coordinates, before rotary positions turn it; the heads of a group share their gains.
 *     As in Qwen3 (Yang et al. 2025, section 2), after Dehghani et al. 2023, section 2.1
 */
public record Scores(Scale scale, int window, boolean qkNorm) implements Serializable {

    /** The window of a token that attends to all tokens before it. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Scores as in Vaswani et al. 2017. */
    public static final Scores PLAIN = new Scores(new Scale.InverseRoot(), UNLIMITED, false);

    public Scores {
        Check.atLeast(1, window, "window");
    }
}
