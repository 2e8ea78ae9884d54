package apportion.model.transformer;

import apportion.model.compute.Tensor;
import java.util.Optional;

/** A model's weights and their gradients, seen through their names. */
final class Parameters {

    /**
     * One weight.
     *
     * @param value its numbers
     * @param gradient what the backward pass adds to
     */
    record Parameter(Tensor value, Tensor gradient) {}

    private final ParameterLayout layout;
    private final Tensor values;
    private final Tensor gradients;

    Parameters(ParameterLayout layout, Tensor values, Tensor gradients) {
        if (values.size() != layout.size() || gradients.size() != layout.size()) {
            throw new IllegalArgumentException("the model has " + layout.size() + " weights, got " + values.size()
                    + " values and " + gradients.size() + " gradients");
        }
        this.layout = layout;
        this.values = values;
        this.gradients = gradients;
    }

    Parameter get(String name) {
        ParameterLayout.Slice slice = layout.slice(name);
        return new Parameter(
                values.slice(slice.offset(), slice.rows(), slice.columns()),
                gradients.slice(slice.offset(), slice.rows(), slice.columns()));
    }

    /** The weight of a name if it is wanted; that the model has none is then a mistake of ours. */
    Optional<Parameter> getIf(boolean wanted, String name) {
        return wanted ? Optional.of(get(name)) : Optional.empty();
    }

    Optional<Parameter> find(String name) {
        return layout.has(name) ? Optional.of(get(name)) : Optional.empty();
    }
}
