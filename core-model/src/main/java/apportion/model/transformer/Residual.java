package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm.Placement;

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
    /** The sublayer's normalised input, or the sum that is normalised: what the backward pass needs beside x. */
    private final Buffer between;

    /**
     * A sublayer in its place.
     *
     * @param site where this dropout stands among all of the model's
     */
    Residual(Backend backend, Workspace workspace, ModelConfig model, Normalization norm, Sublayer sublayer, int site) {
        this.backend = backend;
        this.workspace = workspace;
        this.placement = model.block().norm().placement();
        this.dropout = model.block().dropout();
        this.site = site;
        this.norm = norm;
        this.sublayer = sublayer;
        this.between = new Buffer(backend, model.width());
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

    /** {@code out = x + dropout(f(in))}. */
    private void addSublayer(Tensor x_nc, Tensor in_nc, Pass pass, Tensor out_nc) {
        sublayer.forward(in_nc, pass, out_nc);
        drop(out_nc, pass);
        backend.add(x_nc, out_nc);
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
            backend.copy(dStream_nc, d_nc);
            drop(d_nc, pass);
            sublayer.backward(between_nc, pass, d_nc);
            norm.backward(x_nc, d_nc, dStream_nc);
        } else {
            backend.clear(d_nc);
            norm.backward(between_nc, dStream_nc, d_nc);
            backend.copy(d_nc, dStream_nc);
            drop(d_nc, pass);
            sublayer.backward(x_nc, pass, d_nc);
            backend.add(d_nc, dStream_nc);
        }
    }

    private void drop(Tensor x_nc, Pass pass) {
        if (pass.training()) {
            backend.dropout(x_nc, dropout, pass.seedAt(site));
        }
    }

    @Override
    public void close() {
        norm.close();
        sublayer.close();
        between.close();
    }
}
