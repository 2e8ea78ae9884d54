package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;

/** The position-wise network (Vaswani et al. 2017, section 3.3) with its norm and residual connection. */
final class FeedForward implements Sublayer {

    private final Backend backend;
    private final Workspace workspace;
    private final double dropout;
    private final int site;
    private final FeedForwardConfig config;
    private final Normalization norm;
    private final Projection in;
    private final Projection out;
    private final Buffer hidden;
    private final Buffer activated;

    FeedForward(Backend backend, Workspace workspace, ModelConfig model, Parameters parameters, int layer) {
        String name = ParameterLayout.block(layer) + "feed-forward";
        this.backend = backend;
        this.workspace = workspace;
        this.dropout = model.block().dropout();
        this.site = 2 * layer + 2;
        this.config = model.block().feedForward();
        this.norm = new Normalization(backend, model, parameters, name + ".norm");
        this.in = new Projection(backend, parameters, name + ".in");
        this.out = new Projection(backend, parameters, name + ".out");
        this.hidden = new Buffer(backend, hiddenWidth());
        this.activated = new Buffer(backend, config.width());
    }

    private long hiddenWidth() {
        return (long) config.activation().projections() * config.width();
    }

    @Override
    public void forward(Tensor x_nc, Pass pass, Tensor out_nc) {
        Tensor hidden_nf = hidden.rows(pass.rows());
        Tensor activated_nf = activated.rows(pass.rows());
        in.forward(norm.forward(x_nc), hidden_nf);
        backend.activation(config.activation(), hidden_nf, activated_nf);
        out.forward(activated_nf, out_nc);
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
        Tensor dActivated_nf = workspace.take("activated", pass.rows(), config.width());
        out.backward(activated.rows(pass.rows()), dOut_nc, dActivated_nf);
        Tensor dHidden_nf = workspace.take("hidden", pass.rows(), hiddenWidth());
        backend.activationBackward(config.activation(), dActivated_nf, hidden.rows(pass.rows()), dHidden_nf);
        in.backward(norm.out(pass.rows()), dHidden_nf, dOut_nc);
        norm.backward(x_nc, dOut_nc, dStream_nc);
    }

    @Override
    public void close() {
        norm.close();
        hidden.close();
        activated.close();
    }
}
