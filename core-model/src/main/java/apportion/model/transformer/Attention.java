package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;

/** Causal multi-head attention (Vaswani et al. 2017, section 3.2) between its projections. */
final class Attention implements Sublayer {

    private final Workspace workspace;
    private final long width;
    private final Projection queryKeyValue;
    private final CausalAttention heads;
    private final Projection out;
    private final Buffer qkv;
    private final Buffer mixed;

    /**
     * The attention of one layer.
     *
     * @param name what its weights' names begin with
     */
    Attention(Backend backend, Workspace workspace, ModelConfig model, Parameters parameters, String name) {
        this.workspace = workspace;
        this.width = model.attentionWidth();
        this.queryKeyValue = new Projection(backend, parameters, name + ".qkv");
        this.heads = backend.attention(model.block().attention(), model.positions());
        this.out = new Projection(backend, parameters, name + ".out");
        this.qkv = new Buffer(backend, 3 * width);
        this.mixed = new Buffer(backend, width);
    }

    @Override
    public void forward(Tensor in_nc, Pass pass, Tensor out_nc) {
        Tensor qkv_n3a = qkv.rows(pass.rows());
        Tensor mixed_na = mixed.rows(pass.rows());
        queryKeyValue.forward(in_nc, qkv_n3a);
        // The only step that moves information from one token to another.
        heads.forward(qkv_n3a, pass.time(), mixed_na);
        out.forward(mixed_na, out_nc);
    }

    @Override
    public void backward(Tensor in_nc, Pass pass, Tensor d_nc) {
        Tensor dMixed_na = workspace.take("mixed", pass.rows(), width);
        out.backward(mixed.rows(pass.rows()), d_nc, dMixed_na);
        Tensor dQkv_n3a = workspace.take("qkv", pass.rows(), 3 * width);
        heads.backward(dMixed_na, dQkv_n3a);
        queryKeyValue.backward(in_nc, dQkv_n3a, d_nc);
    }

    @Override
    public void close() {
        heads.close();
        qkv.close();
        mixed.close();
    }
}
