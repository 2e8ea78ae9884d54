package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;

/**
 * Causal multi-head attention (Vaswani et al. 2017, section 3.2) with its norm, projections and residual connection.
 */
final class Attention implements Sublayer {

    private final Backend backend;
    private final Workspace workspace;
    private final double dropout;
    private final int site;
    private final long width;
    private final Normalization norm;
    private final Projection queryKeyValue;
    private final CausalAttention heads;
    private final Projection out;
    private final Buffer qkv;
    private final Buffer mixed;

    Attention(Backend backend, Workspace workspace, ModelConfig model, Parameters parameters, int layer) {
        String name = ParameterLayout.block(layer) + "attention";
        this.backend = backend;
        this.workspace = workspace;
        this.dropout = model.block().dropout();
        this.site = 2 * layer + 1;
        this.width = model.attentionWidth();
        this.norm = new Normalization(backend, model, parameters, name + ".norm");
        this.queryKeyValue = new Projection(backend, parameters, name + ".qkv");
        this.heads = backend.attention(model.block().attention(), model.positions());
        this.out = new Projection(backend, parameters, name + ".out");
        this.qkv = new Buffer(backend, 3 * width);
        this.mixed = new Buffer(backend, width);
    }

    @Override
    public void forward(Tensor x_nc, Pass pass, Tensor out_nc) {
        Tensor qkv_n3a = qkv.rows(pass.rows());
        Tensor mixed_na = mixed.rows(pass.rows());
        queryKeyValue.forward(norm.forward(x_nc), qkv_n3a);
        // The only step that moves information from one token to another.
        heads.forward(qkv_n3a, pass.time(), mixed_na);
        out.forward(mixed_na, out_nc);
        if (pass.training()) {
            backend.dropout(out_nc, dropout, pass.seedAt(site));
        }
        backend.add(x_nc, out_nc);
    }

    @Override
    public void backward(Tensor x_nc, Pass pass, Tensor dStream_nc) {
        Tensor dOut_nc = workspace.take("sublayer", pass.rows(), dStream_nc.columns());
        backend.copy(dStream_nc, dOut_nc);
        if (pass.training()) {
            backend.dropout(dOut_nc, dropout, pass.seedAt(site));
        }
        Tensor dMixed_na = workspace.take("mixed", pass.rows(), width);
        out.backward(mixed.rows(pass.rows()), dOut_nc, dMixed_na);
        Tensor dQkv_n3a = workspace.take("qkv", pass.rows(), 3 * width);
        heads.backward(dMixed_na, dQkv_n3a);
        queryKeyValue.backward(norm.out(pass.rows()), dQkv_n3a, dOut_nc);
        norm.backward(x_nc, dOut_nc, dStream_nc);
    }

    @Override
    public void close() {
        norm.close();
        heads.close();
        qkv.close();
        mixed.close();
    }
}
