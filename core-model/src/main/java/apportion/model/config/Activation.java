package apportion.model.config;

/** What stands between the two projections of a feed-forward network. */
public enum Activation {
    /** {@code x Phi(x)} with the exact normal distribution function (Hendrycks and Gimpel 2016). */
    GELU(1),
    /** {@code silu(gate) * up}: a product of two projections (Shazeer 2020, equation 6). */
    SWIGLU(2);

    private final int projections;

    Activation(int projections) {
        this.projections = projections;
    }

    /** Projections of width {@code F} that go in: 1, or 2 for a gated activation. */
    public int projections() {
        return projections;
    }
}
