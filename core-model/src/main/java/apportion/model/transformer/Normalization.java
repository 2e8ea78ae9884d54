package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** A norm with its weights. */
final class Normalization {

    private final Backend backend;
    private final Norm norm;
    private final Parameter gain;
    private final Optional<Parameter> bias;
    private final Buffer statistics;

    /**
     * A norm.
     *
     * @param name what its weights' names begin with
     * @param statistics where what its backward pass needs beside its input stays, two numbers a row
     */
    Normalization(Backend backend, ModelConfig model, Parameters parameters, String name, Buffer statistics) {
        this.backend = backend;
        this.norm = model.block().norm();
        this.gain = parameters.get(name + ".gain");
        this.bias = parameters.find(name + ".bias");
        this.statistics = statistics;
    }

    void forward(Tensor x_nc, Tensor out_nc) {
        backend.norm(norm, x_nc, gain.value(), bias.map(Parameter::value), out_nc, statistics.rows(x_nc.rows()));
    }

    /** Adds to {@code dX_nc}. */
    void backward(Tensor x_nc, Tensor dOut_nc, Tensor dX_nc) {
        backend.normBackward(
                norm,
                dOut_nc,
                x_nc,
                gain.value(),
                statistics.rows(x_nc.rows()),
                dX_nc,
                gain.gradient(),
                bias.map(Parameter::gradient));
    }
}
