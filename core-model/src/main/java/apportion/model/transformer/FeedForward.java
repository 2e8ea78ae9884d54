package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.FeedForwardConfig;
import java.util.Optional;

/** The position-wise network (Vaswani et al. 2017, section 3.3). */
final class FeedForward implements Sublayer {

    private final Backend backend;
    private final Workspace workspace;
    private final FeedForwardConfig config;
    private final Projection in;
    private final Projection out;
    private final Buffer hidden;
    private final Buffer activated;

    /**
     * The network of one layer.
     *
     * @param kept where what the backward pass needs stays
     * @param name what its weights' names begin with
     */
    FeedForward(
            Backend backend,
            Workspace workspace,
            Workspace kept,
            FeedForwardConfig config,
            Parameters parameters,
            String name) {
        this.backend = backend;
        this.workspace = workspace;
        this.config = config;
        this.in = new Projection(backend, parameters, name + ".in");
        this.out = new Projection(backend, parameters, name + ".out");
        this.hidden = kept.buffer("hidden", config.hiddenWidth());
        this.activated = kept.buffer("activated", config.width());
    }

    @Override
    public void keep(Tensor in_nc, Pass pass) {
        Tensor hidden_nf = hidden.rows(pass.rows());
        in.forward(in_nc, hidden_nf);
        backend.activation(config.activation(), hidden_nf, activated.rows(pass.rows()));
    }

    @Override
    public void result(Pass pass, Optional<Tensor> addend_nc, Tensor out_nc) {
        out.forward(activated.rows(pass.rows()), addend_nc, out_nc);
    }

    @Override
    public void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc) {
        Tensor dActivated_nf = workspace.take("activated", pass.rows(), config.width());
        out.backward(activated.rows(pass.rows()), dOut_nc, dActivated_nf);
        Tensor dHidden_nf = workspace.take("hidden", pass.rows(), config.hiddenWidth());
        backend.activationBackward(config.activation(), dActivated_nf, hidden.rows(pass.rows()), dHidden_nf);
        in.backward(in_nc, dHidden_nf, dIn_nc);
    }

    @Override
    public void close() {}
}
