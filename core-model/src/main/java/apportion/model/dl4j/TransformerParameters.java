package apportion.model.dl4j;

import apportion.model.transformer.ParameterLayout;
import apportion.model.transformer.ParameterLayout.Slice;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Shows Deeplearning4j the layer's weights under their names; a weight is what decays, a bias what does not. */
final class TransformerParameters implements ParamInitializer {

    static final TransformerParameters INSTANCE = new TransformerParameters();

    private TransformerParameters() {}

    static ParameterLayout layout(Layer layer) {
        return ((TransformerLayer) layer).layout();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return layout(layer).size();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return layout(layer).slices().stream().map(Slice::name).toList();
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return layout(layer).slices().stream()
                .filter(Slice::decays)
                .map(Slice::name)
                .toList();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return layout(layer).slices().stream()
                .filter(slice -> !slice.decays())
                .map(Slice::name)
                .toList();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return layout(layer).slice(key).decays();
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return !isWeightParam(layer, key);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray params, boolean initialize) {
        if (initialize) {
            INDArray start = Nd4j.createFromArray(layout(conf.getLayer()).initialize(conf.getSeed()));
            params.assign(start.reshape(params.shape()));
        }
        for (String name : paramKeys(conf.getLayer())) {
            conf.addVariable(name);
        }
        return named(conf, params);
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray gradients) {
        return named(conf, gradients);
    }

    private static Map<String, INDArray> named(NeuralNetConfiguration conf, INDArray flat) {
        Map<String, INDArray> views = new LinkedHashMap<>();
        for (Slice slice : layout(conf.getLayer()).slices()) {
            views.put(
                    slice.name(),
                    Nd4j.create(
                            flat.data(),
                            new long[] {slice.rows(), slice.columns()},
                            new long[] {slice.columns(), 1},
                            flat.offset() + slice.offset(),
                            'c'));
        }
        return views;
    }
}
