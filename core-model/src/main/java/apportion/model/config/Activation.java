package apportion.model.config;

/** What stands between the two projections of a feed-forward network. */
public enum Activation {
    /** {@code max(x, 0)}, with slope 0 at 0. */
    RELU,
    /** {@code x Phi(x)} with the exact normal distribution function (Hendrycks and Gimpel 2016). */
    GELU,
    /** {@code 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))}, the same paper's approximation; GPT-2 has it. */
    GELU_TANH,
    /** {@code x sigmoid(x)}, also called swish. */
    SILU,
    /** {@code silu(gate) * up}: a product of two projections (Shazeer 2020, equation 6). */
    SWIGLU,
    /** {@code gelu(gate) * up} (the same equation). */
    GEGLU;

    /** The function of one number that it applies: to all of its inputs, or to the gates. */
    public Activation curve() {
        return switch (this) {
            case RELU, GELU, GELU_TANH, SILU -> this;
            case SWIGLU -> SILU;
            case GEGLU -> GELU;
        };
    }

    /** Whether one half of its inputs gates the other. */
    public boolean gated() {
        return curve() != this;
    }

    /** Projections of width {@code F} that go in: 1, or 2 for a gated activation. */
    public int projections() {
        return gated() ? 2 : 1;
    }
}
