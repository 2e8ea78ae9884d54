package apportion.model.dl4j;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect;
import org.nd4j.shade.jackson.annotation.JsonAutoDetect.Visibility;

/**
 * Deeplearning4j's configuration of the layer.
 *
 * <p>Not a record but a bean with a no-argument constructor, because Deeplearning4j writes and reads it with Jackson;
 * {@link #model()} gives the record back.
 */
@JsonAutoDetect(
        fieldVisibility = Visibility.ANY,
        getterVisibility = Visibility.NONE,
        isGetterVisibility = Visibility.NONE,
        setterVisibility = Visibility.NONE)
public final class TransformerLayer extends BaseLayer {

    /** Deeplearning4j's Jackson is too old for records, so the record travels as a text. */
    private String model = "";

    /** The record again, as Deeplearning4j asks for it at every turn. */
    private transient @Nullable ModelConfig read;

    /** Likewise: its updater asks for every weight in every step. */
    private transient @Nullable ParameterLayout laidOut;

    /** For Deeplearning4j, which fills the fields in. */
    TransformerLayer() {}

    /** The layer that carries a model. */
    public TransformerLayer(ModelConfig model) {
        this.model = ModelJson.write(model);
        setLayerName("transformer");
        // What the layer gives are probabilities; Deeplearning4j's checks ask for an activation function.
        setActivationFn(new ActivationSoftmax());
    }

    /** The model that this layer carries. */
    public ModelConfig model() {
        ModelConfig known = read;
        if (known == null) {
            known = ModelJson.read(model);
            read = known;
        }
        return known;
    }

    /** Where the model's weights lie in the flattened vectors. */
    ParameterLayout layout() {
        ParameterLayout known = laidOut;
        if (known == null) {
            known = ParameterLayout.of(model());
            laidOut = known;
        }
        return known;
    }

    @Override
    public Layer instantiate(
            NeuralNetConfiguration conf,
            Collection<TrainingListener> listeners,
            int index,
            INDArray params,
            boolean initialize,
            DataType type) {
        var layer = new TransformerOutput(conf, type);
        layer.setListeners(listeners);
        layer.setIndex(index);
        layer.setParamsViewArray(params);
        layer.setParamTable(initializer().init(conf, params, initialize));
        return layer;
    }

    @Override
    public ParamInitializer initializer() {
        return TransformerParameters.INSTANCE;
    }

    @Override
    public InputType getOutputType(int index, InputType input) {
        ModelConfig model = model();
        return InputType.recurrent(model.vocabulary(), model.context());
    }

    @Override
    public void setNIn(InputType input, boolean override) {
        // Token ids have no width to set.
    }

    @Override
    public @Nullable InputPreProcessor getPreProcessorForInputType(InputType input) {
        return null;
    }

    @Override
    public boolean isPretrainParam(String name) {
        return false;
    }

    @Override
    public LayerMemoryReport getMemoryReport(InputType input) {
        long parameters = initializer().numParams(this);
        return new LayerMemoryReport.Builder(layerName, TransformerLayer.class, input, getOutputType(0, input))
                .standardMemory(parameters, getIUpdater().stateSize(parameters))
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TransformerLayer layer && super.equals(other) && model.equals(layer.model);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + model.hashCode();
    }

    @Override
    public String toString() {
        return "TransformerLayer(" + model + ")";
    }
}
