package apportion.model.dl4j;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import java.util.Arrays;
import java.util.Collection;
import java.util.stream.IntStream;
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

    private int vocabulary;
    private int context;
    private int width;
    private int depth;
    private int[] heads = {};
    private int[] headDims = {};
    private int feedForwardWidth;
    private Activation feedForwardActivation = Activation.GELU;
    private Norm.Type norm = Norm.Type.LAYER;
    private double normEpsilon;
    private boolean bias;
    private double dropout;
    /** 0 for learned positions. */
    private double rotaryBase;

    private Sharing.Embedding embeddingSharing = Sharing.Embedding.NONE;
    private double initialStd;

    /** For Deeplearning4j, which fills the fields in. */
    TransformerLayer() {}

    /** The layer that carries a model. */
    public TransformerLayer(ModelConfig model) {
        BlockConfig block = model.block();
        this.vocabulary = model.vocabulary();
        this.context = model.context();
        this.width = model.width();
        this.depth = model.layers();
        this.heads =
                block.attention().groups().stream().mapToInt(HeadGroup::heads).toArray();
        this.headDims =
                block.attention().groups().stream().mapToInt(HeadGroup::headDim).toArray();
        this.feedForwardWidth = block.feedForward().width();
        this.feedForwardActivation = block.feedForward().activation();
        this.norm = block.norm().type();
        this.normEpsilon = block.norm().epsilon();
        this.bias = block.bias();
        this.dropout = block.dropout();
        this.rotaryBase = model.positions() instanceof Positions.Rotary rotary ? rotary.base() : 0;
        this.embeddingSharing = model.sharing().embedding();
        this.initialStd = model.initialStd();
        setLayerName("transformer");
        // What the layer gives are probabilities; Deeplearning4j's checks ask for an activation function.
        setActivationFn(new ActivationSoftmax());
    }

    /** The model that this layer carries. */
    public ModelConfig model() {
        AttentionConfig attention = new AttentionConfig(IntStream.range(0, heads.length)
                .mapToObj(g -> new HeadGroup(heads[g], headDims[g]))
                .toList());
        return new ModelConfig(
                vocabulary,
                context,
                width,
                depth,
                new BlockConfig(
                        attention,
                        new FeedForwardConfig(feedForwardWidth, feedForwardActivation),
                        new Norm(norm, normEpsilon),
                        bias,
                        dropout),
                rotaryBase == 0 ? new Positions.Learned() : new Positions.Rotary(rotaryBase),
                new Sharing(embeddingSharing),
                initialStd);
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
        return InputType.recurrent(vocabulary, context);
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
        return new LayerMemoryReport.Builder(
                        layerName, TransformerLayer.class, input, InputType.recurrent(vocabulary, context))
                .standardMemory(parameters, getIUpdater().stateSize(parameters))
                .workingMemory(0, 0, 0, 0)
                .cacheMemory(0, 0)
                .build();
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TransformerLayer layer && super.equals(other) && model().equals(layer.model());
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new Object[] {super.hashCode(), model()});
    }

    @Override
    public String toString() {
        return "TransformerLayer(" + model() + ")";
    }
}
