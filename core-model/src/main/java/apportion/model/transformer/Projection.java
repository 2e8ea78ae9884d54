package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** {@code x W^T + b}. */
final class Projection {

    private final Backend backend;
    private final Parameter weight;
    private final Optional<Parameter> bias;

    Projection(Backend backend, Parameters parameters, String name) {
        this.backend = backend;
        this.weight = parameters.get(name + ".weight");
        this.bias = parameters.find(name + ".bias");
    }

    void forward(Tensor x_ni, Tensor out_no) {
        backend.linear(x_ni, weight.value(), bias.map(Parameter::value), out_no);
    }

    /** {@code x W^T + b + addend}. */
    void forward(Tensor x_ni, Optional<Tensor> addend_no, Tensor out_no) {
        addend_no.ifPresentOrElse(
                addend -> backend.linear(x_ni, weight.value(), bias.map(Parameter::value), addend, out_no),
                () -> forward(x_ni, out_no));
    }

    /** Adds to the gradients of weight and bias; overwrites that of the input. */
    void backward(Tensor x_ni, Tensor dOut_no, Tensor dX_ni) {
        backend.linearBackward(x_ni, weight.value(), dOut_no, dX_ni, weight.gradient(), bias.map(Parameter::gradient));
    }
}
