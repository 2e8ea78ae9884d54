package apportion.model.dl4j;

import apportion.model.config.ModelConfig;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.transformer.ParameterLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.util.List;
import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.regularization.Regularization;
import org.nd4j.linalg.learning.regularization.WeightDecay;

/** Networks of one Transformer layer. */
public final class TransformerNetwork {

    private TransformerNetwork() {}

    /**
     * A network with initial weights.
     *
     * @param updater any of Deeplearning4j's; {@link #adamW} for AdamW without a schedule
     * @param weightDecay decoupled, on matrices and tables alone
     * @param clip largest norm of all gradients together; infinite for none
     */
    public static MultiLayerNetwork create(
            ModelConfig model, DataType type, long seed, IUpdater updater, double weightDecay, double clip) {
        var network = new MultiLayerNetwork(configuration(model, type, seed, updater, weightDecay, clip));
        network.init();
        return network;
    }

    /** Deeplearning4j's Adam; with {@code weightDecay} given to {@link #create} it is AdamW. */
    public static IUpdater adamW(AdamWConfig config) {
        return new Adam(config.learningRate(), config.beta1(), config.beta2(), config.epsilon());
    }

    /**
     * Writes a trained model in the format of Deeplearning4j's {@code ModelSerializer}, whose
     * {@code restoreMultiLayerNetwork} reads it where this package is on the class path.
     *
     * @param parameters as {@link ParameterLayout} places them
     * @param optimizer what the network goes on training with, from a fresh state
     * @param out stays open
     */
    public static void write(ModelConfig model, float[] parameters, AdamWConfig optimizer, OutputStream out)
            throws IOException {
        MultiLayerNetwork network =
                create(model, DataType.FLOAT, 0, adamW(optimizer), optimizer.weightDecay(), Double.POSITIVE_INFINITY);
        network.setParams(Nd4j.createFromArray(parameters).reshape(1, parameters.length));
        ModelSerializer.writeModel(network, out, false);
    }

    /** Deeplearning4j's updaters know one learning rate for a layer, and no weights that part or meet. */
    private static void refuseOtherThanPlain(Optimizer.Weights weights) {
        if (weights.runs().stream().anyMatch(run -> run.rate() != 1)) {
            throw new IllegalArgumentException("initialization = mup needs learning rates of their own for matrices,"
                    + " which Deeplearning4j's updaters do not have; train it with apportion's own optimizer, or use"
                    + " gpt2");
        }
        if (!weights.ties().isEmpty()) {
            throw new IllegalArgumentException(
                    "sharing.embedding = tied-until and untied-until change with the steps of"
                            + " training, of which Deeplearning4j's updaters know nothing; train it with apportion's own"
                            + " optimizer, or use full or none");
        }
    }

    private static MultiLayerConfiguration configuration(
            ModelConfig model, DataType type, long seed, IUpdater updater, double weightDecay, double clip) {
        refuseOtherThanPlain(ParameterLayout.of(model).weights());
        var layer = new TransformerLayer(model);
        List<Regularization> decay = weightDecay == 0 ? List.of() : List.of(new WeightDecay(weightDecay, true));
        layer.setRegularization(decay);
        layer.setRegularizationBias(List.of());
        if (!Double.isInfinite(clip)) {
            // One layer holds all weights, so its norm is the global norm.
            layer.setGradientNormalization(GradientNormalization.ClipL2PerLayer);
            layer.setGradientNormalizationThreshold(clip);
        }
        return new NeuralNetConfiguration.Builder()
                .seed(seed)
                .dataType(type)
                .updater(updater)
                .miniBatch(false)
                .trainingWorkspaceMode(WorkspaceMode.NONE)
                .inferenceWorkspaceMode(WorkspaceMode.NONE)
                .list()
                .layer(layer)
                .build();
    }
}
