package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** {@code M = M_1 + M_2}. */
final class TableSum implements TokenMatrix {

    private final Backend backend;
    private final Workspace workspace;
    private final TokenMatrix first;
    private final TokenMatrix second;

    TableSum(Backend backend, Workspace workspace, TokenMatrix first, TokenMatrix second) {
        this.backend = backend;
        this.workspace = workspace;
        this.first = first;
        this.second = second;
    }

    @Override
    public void embed(Tokens tokens, Tensor out_nc) {
        Tensor other_nc = workspace.take("sum", out_nc.rows(), out_nc.columns());
        first.embed(tokens, out_nc);
        second.embed(tokens, other_nc);
        backend.add(other_nc, out_nc);
    }

    @Override
    public void embedBackward(Tokens tokens, Tensor dOut_nc) {
        first.embedBackward(tokens, dOut_nc);
        second.embedBackward(tokens, dOut_nc);
    }

    @Override
    public void logits(Tensor x_nc, Optional<Parameter> bias, Tensor out_nv) {
        Tensor other_nv = workspace.take("sum", out_nv.rows(), out_nv.columns());
        first.logits(x_nc, bias, out_nv);
        second.logits(x_nc, Optional.empty(), other_nv);
        backend.add(other_nv, out_nv);
    }

    @Override
    public void logitsBackward(Tensor x_nc, Optional<Parameter> bias, Tensor dOut_nv, Tensor dX_nc) {
        Tensor other_nc = workspace.take("sum", dX_nc.rows(), dX_nc.columns());
        first.logitsBackward(x_nc, bias, dOut_nv, dX_nc);
        second.logitsBackward(x_nc, Optional.empty(), dOut_nv, other_nc);
        backend.add(other_nc, dX_nc);
    }

    @Override
    public void close() {
        first.close();
        second.close();
    }
}
