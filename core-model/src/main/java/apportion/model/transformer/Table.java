package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** A matrix whose numbers are weights. */
final class Table implements TokenMatrix {

    private final Backend backend;
    private final Parameter table;

    Table(Backend backend, Parameter table) {
        this.backend = backend;
        this.table = table;
    }

    @Override
    public void embed(Tokens tokens, Tensor out_nc) {
        backend.embed(table.value(), tokens, out_nc);
    }

    @Override
    public void embedBackward(Tokens tokens, Tensor dOut_nc) {
        backend.embedBackward(dOut_nc, tokens, table.gradient());
    }

    @Override
    public void logits(Tensor x_nc, Optional<Parameter> bias, Tensor out_nv) {
        backend.linear(x_nc, table.value(), bias.map(Parameter::value), out_nv);
    }

    @Override
    public void logitsBackward(Tensor x_nc, Optional<Parameter> bias, Tensor dOut_nv, Tensor dX_nc) {
        backend.linearBackward(x_nc, table.value(), dOut_nv, dX_nc, table.gradient(), bias.map(Parameter::gradient));
    }

    @Override
    public void close() {}
}
