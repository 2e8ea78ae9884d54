package apportion.model.transformer;

import apportion.model.compute.Tensor;

/** Half a block: what it computes from the residual stream it adds to the stream. */
interface Sublayer extends AutoCloseable {

    /** {@code out = x + f(norm(x))}. */
    void forward(Tensor x_nc, Pass pass, Tensor out_nc);

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param x_nc the stream that went in
     * @param dStream_nc the gradient of what came out; becomes the gradient of {@code x_nc}
     */
    void backward(Tensor x_nc, Pass pass, Tensor dStream_nc);

    @Override
    void close();
}
