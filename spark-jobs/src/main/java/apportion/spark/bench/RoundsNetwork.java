package apportion.spark.bench;

import apportion.model.dl4j.TransformerNetwork;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** What both masters of {@code bench rounds} train: small networks, whose steps do not hide what a round costs. */
public enum RoundsNetwork {

    /** Deeplearning4j's own layers, 64 - 128 - 128 - 10; one example counts as one token. */
    MLP {
        @Override
        MultiLayerNetwork create(IUpdater updater) {
            var network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder()
                    .seed(SEED)
                    .updater(updater)
                    .list()
                    .layer(dense(INPUTS, HIDDEN))
                    .layer(dense(HIDDEN, HIDDEN))
                    .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                            .nIn(HIDDEN)
                            .nOut(CLASSES)
                            .activation(Activation.SOFTMAX)
                            .build())
                    .build());
            network.init();
            return network;
        }

        /** The class of an example is the largest of its first numbers. */
        @Override
        DataSet batch(int number) {
            Random random = new Random(number);
            float[][] inputs = new float[BATCH][INPUTS];
            float[][] labels = new float[BATCH][CLASSES];
            for (int example = 0; example < BATCH; example++) {
                int largest = 0;
                for (int i = 0; i < INPUTS; i++) {
                    inputs[example][i] = (float) random.nextGaussian();
                    largest = i < CLASSES && inputs[example][i] > inputs[example][largest] ? i : largest;
                }
                labels[example][largest] = 1;
            }
            return new DataSet(Nd4j.createFromArray(inputs), Nd4j.createFromArray(labels));
        }

        @Override
        int tokens() {
            return BATCH;
        }
    },

    /** Our Transformer as one layer: 2 blocks of width 32, 4 heads of 8, context 32, vocabulary 64. */
    TRANSFORMER {
        @Override
        MultiLayerNetwork create(IUpdater updater) {
            return TransformerNetwork.create(SHAPE.model(), DataType.FLOAT, SEED, updater, 0, Double.POSITIVE_INFINITY);
        }

        /** Three tokens in four are an affine function of the one before. */
        @Override
        DataSet batch(int number) {
            Random random = new Random(number);
            float[][] inputs = new float[SHAPE.batch()][SHAPE.context()];
            float[][] targets = new float[SHAPE.batch()][SHAPE.context()];
            for (int s = 0; s < inputs.length; s++) {
                int token = random.nextInt(SHAPE.vocabulary());
                for (int t = 0; t < inputs[s].length; t++) {
                    inputs[s][t] = token;
                    token = random.nextInt(4) == 0
                            ? random.nextInt(SHAPE.vocabulary())
                            : (5 * token + 7) % SHAPE.vocabulary();
                    targets[s][t] = token;
                }
            }
            return new DataSet(Nd4j.createFromArray(inputs), Nd4j.createFromArray(targets));
        }

        @Override
        int tokens() {
            return SHAPE.tokens();
        }
    };

    private static final long SEED = 7;
    private static final int INPUTS = 64;
    private static final int HIDDEN = 128;
    private static final int CLASSES = 10;
    private static final int BATCH = 16;
    private static final TrainShape SHAPE = new TrainShape("rounds", 64, 32, 32, 2, 4, 8, 128, 4, 0, 0);

    private static DenseLayer dense(int inputs, int outputs) {
        return new DenseLayer.Builder()
                .nIn(inputs)
                .nOut(outputs)
                .activation(Activation.TANH)
                .build();
    }

    /** The network at the start of training; always the same. */
    abstract MultiLayerNetwork create(IUpdater updater);

    /** A mini-batch; the same for the same number. */
    abstract DataSet batch(int number);

    /** Tokens of a mini-batch. */
    abstract int tokens();
}
