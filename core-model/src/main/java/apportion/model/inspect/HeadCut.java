package apportion.model.inspect;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleSupplier;

/**
 * Cuts heads out of a model on a backend, one at a time, and puts them back: a head that is cut adds nothing to the
 * residual stream. Where layers share one attention, a head is cut in all of them.
 */
public final class HeadCut {

    private final ModelConfig model;
    private final Backend backend;
    private final Tensor values;
    private final float[] weights;
    private final ParameterLayout layout;

    /**
     * Cuts heads of a model.
     *
     * @param values where the backend has its weights
     * @param weights the same on the host
     */
    public HeadCut(ModelConfig model, Backend backend, Tensor values, float[] weights) {
        this.model = model;
        this.backend = backend;
        this.values = values;
        this.weights = weights;
        this.layout = ParameterLayout.of(model);
    }

    /**
     * Measures without one head after the other.
     *
     * @param loss sum of the losses of some tokens
     * @param whole the same with all heads
     * @param tokens how many there are
     * @param sums of each layer, to which what the losses rise by is added
     */
    public void measure(DoubleSupplier loss, double whole, long tokens, List<LayerSums> sums) {
        for (int layer = 0; layer < model.layers(); layer++) {
            ParameterLayout.Slice slice = layout.slice("block." + layer + ".attention.out.weight");
            Tensor out_ca = values.slice(slice.offset(), slice.rows(), slice.columns());
            for (HeadPlace head : HeadPlace.of(AttentionShape.of(model, layer))) {
                backend.write(without(slice, head), out_ca);
                sums.get(layer).add(Statistic.IMPORTANCE, head.head(), loss.getAsDouble() - whole);
            }
            backend.write(whole(slice), out_ca);
            sums.get(layer).weigh(Statistic.IMPORTANCE, (double) tokens);
        }
    }

    private float[] whole(ParameterLayout.Slice slice) {
        float[] numbers = new float[Math.toIntExact(slice.size())];
        System.arraycopy(weights, (int) slice.offset(), numbers, 0, numbers.length);
        return numbers;
    }

    private float[] without(ParameterLayout.Slice slice, HeadPlace head) {
        float[] numbers = whole(slice);
        int columns = (int) slice.columns();
        for (int row = 0; row < slice.rows(); row++) {
            int from = row * columns + head.mixed();
            Arrays.fill(numbers, from, from + head.headDim(), 0);
        }
        return numbers;
    }
}
