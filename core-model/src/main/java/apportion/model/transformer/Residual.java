package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm.Placement;
import java.util.Optional;

/**
 * A sublayer {@code f} with its norm, dropout and residual connection: {@code x + f(norm(x))}, or {@code norm(x +
 * f(x))} if the norm comes after.
 */
final class Residual implements AutoCloseable {

    private final Backend backend;
    private final Workspace workspace;
    private final Placement placement;
    private final double dropout;
    private final int site;
    private final Normalization norm;
    private final Sublayer sublayer;
    private final Buffer between;

    /**
     * A sublayer in its place.
     *
     * @param between where what the backward pass needs beside x stays: the sublayer's normalised input, or the sum
     *     that is normalised
     * @param site where this dropout stands among all of the model's
     */
    Residual(
            Backend backend,
            Workspace workspace,
            ModelConfig model,
            Normalization norm,
            Sublayer sublayer,
            Buffer between,
            int site) {
        this.backend = backend;
        this.workspace = workspace;
        this.placement = model.block().norm().placement();
        this.dropout = model.block().dropout();
        this.site = site;
        this.norm = norm;
        this.sublayer = sublayer;
        this.between = between;
    }

    void forward(Tensor x_nc, Pass pass, Tensor out_nc) {
        Tensor between_nc = between.rows(pass.rows());
        if (placement == Placement.PRE) {
            norm.forward(x_nc, between_nc);
            addSublayer(x_nc, between_nc, pass, out_nc);
        } else {
            addSublayer(x_nc, x_nc, pass, between_nc);
            norm.forward(between_nc, out_nc);
        }
    }

    /**
     * Computes again what the backward pass needs; what {@link #forward} gave is not computed where it is not needed.
     */
    void keep(Tensor x_nc, Pass pass) {
        Tensor between_nc = between.rows(pass.rows());
        if (placement == Placement.PRE) {
            norm.forward(x_nc, between_nc);
            sublayer.keep(between_nc, pass);
        } else {
            forward(x_nc, pass, workspace.take("sublayer", pass.rows(), x_nc.columns()));
        }
    }

    /** {@code out = x + dropout(f(in))}. */
    private void addSublayer(Tensor x_nc, Tensor in_nc, Pass pass, Tensor out_nc) {
        if (drops(pass)) {
            sublayer.forward(in_nc, pass, Optional.empty(), out_nc);
            drop(out_nc, pass);
            backend.add(x_nc, out_nc);
        } else {
            sublayer.forward(in_nc, pass, Optional.of(x_nc), out_nc);
        }
    }

    /**
     * Back-propagates through the latest forward pass.
     *
     * @param x_nc the stream that went in
     * @param dStream_nc the gradient of what came out; becomes the gradient of {@code x_nc}
     */
    void backward(Tensor x_nc, Pass pass, Tensor dStream_nc) {
        Tensor between_nc = between.rows(pass.rows());
        Tensor d_nc = workspace.take("sublayer", pass.rows(), dStream_nc.columns());
        if (placement == Placement.PRE) {
            sublayerBackward(between_nc, pass, dStream_nc, d_nc);
            norm.backward(x_nc, d_nc, dStream_nc);
        } else {
            backend.clear(d_nc);
            norm.backward(between_nc, dStream_nc, d_nc);
            sublayerBackward(x_nc, pass, d_nc, dStream_nc);
            backend.add(d_nc, dStream_nc);
        }
    }

    /** Back-propagates through {@code dropout(f(in))}. */
    private void sublayerBackward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc) {
        if (drops(pass)) {
            backend.copy(dOut_nc, dIn_nc);
            drop(dIn_nc, pass);
            sublayer.backward(in_nc, pass, dIn_nc, dIn_nc);
        } else {
            sublayer.backward(in_nc, pass, dOut_nc, dIn_nc);
        }
    }

    private boolean drops(Pass pass) {
        return pass.training() && dropout > 0;
    }

    private void drop(Tensor x_nc, Pass pass) {
        backend.dropout(x_nc, dropout, pass.seedAt(site));
    }

    /** Frees what the sublayer kept outside of the workspace. */
    void release() {
        sublayer.release();
    }

    @Override
    public void close() {
        sublayer.close();
    }
}
