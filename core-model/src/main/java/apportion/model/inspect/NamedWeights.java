package apportion.model.inspect;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import java.util.Arrays;
import java.util.Optional;

/** A model's weights by their names; what is asked for is copied. */
public final class NamedWeights {

    private final ParameterLayout layout;
    private final float[] values;

    /**
     * Names a vector.
     *
     * @param values all weights of the model, as {@link ParameterLayout} places them
     */
    public NamedWeights(ModelConfig model, float[] values) {
        this.layout = ParameterLayout.of(model);
        if (values.length != layout.size()) {
            throw new IllegalArgumentException("the model has " + layout.size() + " weights, got " + values.length);
        }
        this.values = values;
    }

    /** All weights of one name, row after row. */
    public float[] get(String name) {
        ParameterLayout.Slice slice = layout.slice(name);
        return Arrays.copyOfRange(values, (int) slice.offset(), (int) (slice.offset() + slice.size()));
    }

    /** Those of a name that the model may have. */
    public Optional<float[]> find(String name) {
        return layout.has(name) ? Optional.of(get(name)) : Optional.empty();
    }

    /** As a matrix in 64 bits. */
    public double[][] matrix(String name) {
        ParameterLayout.Slice slice = layout.slice(name);
        double[][] matrix = new double[(int) slice.rows()][(int) slice.columns()];
        for (int r = 0; r < matrix.length; r++) {
            for (int c = 0; c < matrix[r].length; c++) {
                matrix[r][c] = values[(int) (slice.offset() + r * slice.columns() + c)];
            }
        }
        return matrix;
    }
}
