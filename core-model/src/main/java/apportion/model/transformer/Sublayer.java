package apportion.model.transformer;

import apportion.model.compute.Tensor;
import java.util.Optional;

/** What half a block computes, between its norm and its residual connection. */
interface Sublayer extends AutoCloseable {

    /** {@code out = f(in) + addend}. */
    void forward(Tensor in_nc, Pass pass, Optional<Tensor> addend_nc, Tensor out_nc);

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param in_nc what went in
     * @param dOut_nc the gradient of what came out
     * @param dIn_nc overwritten with the gradient of what went in; may be {@code dOut_nc}
     */
    void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc);

    @Override
    void close();
}
