package apportion.model.transformer;

import apportion.model.compute.Tensor;

/**
 * One layer: attention, then a position-wise network or a mixture of such, each with its norm and residual connection.
 *
 * <p>Computed twice it gives the same bits, as nothing in a pass is drawn from a generator that moves on: dropout masks
 * follow from the pass's seed, and experts are chosen from the same scores.
 */
final class Block implements AutoCloseable {

    private final Residual attention;
    private final Residual feedForward;
    /** The residual stream between the two. */
    private final Buffer middle;

    Block(Residual attention, Residual feedForward, Buffer middle) {
        this.attention = attention;
        this.feedForward = feedForward;
        this.middle = middle;
    }

    void forward(Tensor x_nc, Pass pass, Tensor out_nc) {
        Tensor middle_nc = middle.rows(pass.rows());
        attention.forward(x_nc, pass, middle_nc);
        feedForward.forward(middle_nc, pass, out_nc);
    }

    /** Computes again what the backward pass needs of {@link #forward}. */
    void keep(Tensor x_nc, Pass pass) {
        Tensor middle_nc = middle.rows(pass.rows());
        attention.forward(x_nc, pass, middle_nc);
        feedForward.keep(middle_nc, pass);
    }

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param x_nc the stream that went in
     * @param dStream_nc the gradient of what came out; becomes the gradient of {@code x_nc}
     */
    void backward(Tensor x_nc, Pass pass, Tensor dStream_nc) {
        feedForward.backward(middle.rows(pass.rows()), pass, dStream_nc);
        attention.backward(x_nc, pass, dStream_nc);
    }

    /** Frees what was kept outside of the workspace: no backward pass needs it, or {@link #keep} comes first. */
    void release() {
        attention.release();
        feedForward.release();
    }

    @Override
    public void close() {
        attention.close();
        feedForward.close();
    }
}
