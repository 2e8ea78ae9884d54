package apportion.model.transformer;

import apportion.model.compute.Tensor;
import java.util.Optional;

/** What half a block computes, between its norm and its residual connection. */
interface Sublayer extends AutoCloseable {

    /** {@code out = f(in) + addend}. */
    default void forward(Tensor in_nc, Pass pass, Optional<Tensor> addend_nc, Tensor out_nc) {
        keep(in_nc, pass);
        result(pass, addend_nc, out_nc);
    }

    /** The first part of {@link #forward}: all that the backward pass needs, so that it can be computed again. */
    void keep(Tensor in_nc, Pass pass);

    /** The second part of {@link #forward}, from what {@link #keep} left. */
    void result(Pass pass, Optional<Tensor> addend_nc, Tensor out_nc);

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param in_nc what went in
     * @param dOut_nc the gradient of what came out
     * @param dIn_nc overwritten with the gradient of what went in; may be {@code dOut_nc}
     */
    void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc);

    /** Frees what was kept outside of the workspace: no backward pass will need it, or {@link #keep} comes first. */
    default void release() {}

    @Override
    void close();
}
