package apportion.model.transformer;

import apportion.model.compute.Tensor;

/** What half a block computes, between its norm and its residual connection. */
interface Sublayer extends AutoCloseable {

    /** {@code out = f(in)}. */
    void forward(Tensor in_nc, Pass pass, Tensor out_nc);

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param in_nc what went in
     * @param d_nc the gradient of what came out; becomes the gradient of what went in
     */
    void backward(Tensor in_nc, Pass pass, Tensor d_nc);

    @Override
    void close();
}
