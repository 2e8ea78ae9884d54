package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** {@code M = T U^T} for a narrow table {@code T [V, D]} and a factor {@code U [C, D]}; M itself is never computed. */
final class TableProduct implements TokenMatrix {

    private final Backend backend;
    private final Workspace workspace;
    private final TokenMatrix table;
    private final Parameter factor;
    private final long columns;
    /** The tokens' rows of the table, or the product of what the logits are made of with the factor. */
    private final Buffer narrow;

    TableProduct(Backend backend, Workspace workspace, TokenMatrix table, Parameter factor) {
        this.backend = backend;
        this.workspace = workspace;
        this.table = table;
        this.factor = factor;
        this.columns = factor.value().columns();
        this.narrow = new Buffer(backend, columns);
    }

    @Override
    public void embed(Tokens tokens, Tensor out_nc) {
        Tensor narrow_nd = narrow.rows(out_nc.rows());
        table.embed(tokens, narrow_nd);
        backend.linear(narrow_nd, factor.value(), Optional.empty(), out_nc);
    }

    @Override
    public void embedBackward(Tokens tokens, Tensor dOut_nc) {
        Tensor dNarrow_nd = workspace.take("table", dOut_nc.rows(), columns);
        backend.linearBackward(
                narrow.rows(dOut_nc.rows()), factor.value(), dOut_nc, dNarrow_nd, factor.gradient(), Optional.empty());
        table.embedBackward(tokens, dNarrow_nd);
    }

    @Override
    public void logits(Tensor x_nc, Optional<Parameter> bias, Tensor out_nv) {
        // z = x U, which is what a projection by U does to a gradient on its way back
        Tensor z_nd = narrow.rows(x_nc.rows());
        backend.linearBackwardInput(x_nc, factor.value(), z_nd, false);
        table.logits(z_nd, bias, out_nv);
    }

    @Override
    public void logitsBackward(Tensor x_nc, Optional<Parameter> bias, Tensor dOut_nv, Tensor dX_nc) {
        Tensor dZ_nd = workspace.take("table", x_nc.rows(), columns);
        table.logitsBackward(narrow.rows(x_nc.rows()), bias, dOut_nv, dZ_nd);
        backend.linearBackwardWeight(dZ_nd, x_nc, factor.gradient(), Optional.empty());
        backend.linear(dZ_nd, factor.value(), Optional.empty(), dX_nc);
    }

    @Override
    public void close() {
        table.close();
        narrow.close();
    }
}
