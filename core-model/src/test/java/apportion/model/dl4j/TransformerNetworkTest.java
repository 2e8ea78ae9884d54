package apportion.model.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.compute.Precision;
import apportion.model.compute.Tensor;
import apportion.model.compute.nd4j.Nd4jBackend;
import apportion.model.config.Initialization;
import apportion.model.config.ModelConfig;
import apportion.model.config.Sharing;
import apportion.model.count.ModelCount;
import apportion.model.optim.AdamWConfig;
import apportion.model.optim.Optimizer;
import apportion.model.optim.Schedule;
import apportion.model.transformer.Decoder;
import apportion.model.transformer.Models;
import apportion.model.transformer.ParameterLayout;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;

class TransformerNetworkTest {

    private static final int[] INPUTS = {1, 4, 4, 10, 0, 7, 3, 2};
    private static final int[] TARGETS = {4, 4, 10, 0, 7, 3, 2, -1};
    private static final AdamWConfig ADAM_W = new AdamWConfig(0.01, 0.9, 0.99, 1e-8, 0.1);

    static java.util.List<ModelConfig> shapes() {
        return java.util.List.of(Models.gpt(), Models.llama());
    }

    private static INDArray tokens(int[] ids, DataType type) {
        return Nd4j.createFromArray(ids).reshape(2, 4).castTo(type);
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void passesDeeplearning4jsOwnGradientCheck(ModelConfig model) {
        var network = TransformerNetwork.create(model, DataType.DOUBLE, 3, new NoOp(), 0, Double.POSITIVE_INFINITY);
        assertThat(passesGradientCheck(network)).isTrue();
    }

    @Test
    void deeplearning4jsGradientCheckNoticesAWrongGradient() {
        // Clipping changes the gradient but not the loss.
        var network = TransformerNetwork.create(Models.gpt(), DataType.DOUBLE, 3, new NoOp(), 0, 1e-3);
        assertThat(passesGradientCheck(network)).isFalse();
    }

    /** The check refuses to run unless ND4J's default type, a global setting, is double. */
    private static boolean passesGradientCheck(MultiLayerNetwork network) {
        DataType type = Nd4j.dataType();
        DataType floating = Nd4j.defaultFloatingPointType();
        Nd4j.setDefaultDataTypes(DataType.DOUBLE, DataType.DOUBLE);
        try {
            return GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig()
                    .net(network)
                    .input(tokens(INPUTS, DataType.DOUBLE))
                    .labels(tokens(TARGETS, DataType.DOUBLE))
                    .epsilon(1e-6)
                    .maxRelError(1e-4)
                    .minAbsoluteError(1e-8)
                    .subset(true)
                    .maxPerParam(8));
        } finally {
            Nd4j.setDefaultDataTypes(type, floating);
        }
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void theNetworkHasTheCountedParameters(ModelConfig model) {
        var network = TransformerNetwork.create(model, DataType.FLOAT, 3, new NoOp(), 0, 1);
        assertThat(network.numParams()).isEqualTo(ModelCount.of(model).parameters());
    }

    /**
     * Deeplearning4j adds epsilon to the root of the second moment before its bias is corrected, we after, as the paper
     * does: its epsilon is ours times {@code sqrt(1 - beta2^t)}. With an epsilon far below every gradient but those
     * that are 0, such as the key biases', both are the same; rounding noise of 1e-17 in those moves a weight by 1e-6 a
     * step.
     */
    @ParameterizedTest
    @MethodSource("shapes")
    void itsAdamWIsOursWhenEpsilonIsSmall(ModelConfig model) {
        var adamW = new AdamWConfig(0.01, 0.9, 0.99, 1e-12, 0.1);
        double clip = 0.5;
        var network = TransformerNetwork.create(
                model, DataType.DOUBLE, 3, TransformerNetwork.adamW(adamW), adamW.weightDecay(), clip);
        var data = new DataSet(tokens(INPUTS, DataType.DOUBLE), tokens(TARGETS, DataType.DOUBLE));
        ParameterLayout layout = ParameterLayout.of(model);
        try (var backend = new Nd4jBackend(Precision.DOUBLE);
                Tensor values = backend.allocate(1, layout.size());
                Tensor gradients = backend.allocate(1, layout.size())) {
            backend.write(layout.initialize(3), values);
            try (var decoder = new Decoder(model, backend, values, gradients);
                    var optimizer = new Optimizer(
                            backend, adamW, new Schedule.Constant(0), 10, clip, layout.weights(), values, gradients)) {
                for (int step = 1; step <= 10; step++) {
                    network.fit(data);
                    backend.clear(gradients);
                    double loss = decoder.accumulate(INPUTS, TARGETS, 4, 1.0 / 7, 0) / 7;
                    double norm = optimizer.step(step);
                    assertThat(norm).as("norm that is clipped").isGreaterThan(clip);
                    assertThat(network.score()).isCloseTo(loss, within(1e-6));
                }
                float[] ours = new float[(int) layout.size()];
                backend.read(values, ours);
                assertThat(network.params().toFloatVector()).containsExactly(ours, within(1e-5f));
            }
        }
    }

    @Test
    void serializedNetworksGiveTheSameProbabilities() throws IOException {
        var network =
                TransformerNetwork.create(Models.gpt(), DataType.FLOAT, 3, TransformerNetwork.adamW(ADAM_W), 0.1, 1);
        network.fit(new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(TARGETS, DataType.FLOAT)));
        var zip = new ByteArrayOutputStream();
        ModelSerializer.writeModel(network, zip, true);

        MultiLayerNetwork read =
                ModelSerializer.restoreMultiLayerNetwork(new ByteArrayInputStream(zip.toByteArray()), true);

        INDArray features = tokens(INPUTS, DataType.FLOAT);
        assertThat(read.output(features)).isEqualTo(network.output(features));
        assertThat(read.output(features).shape()).containsExactly(2, 11, 4);
        assertThat(read.output(features).sum(1).toFloatMatrix()[0])
                .containsExactly(new float[] {1, 1, 1, 1}, within(1e-5f));
        assertThat(read.params()).isEqualTo(network.params());
    }

    static java.util.List<ModelConfig> all() {
        return Models.all();
    }

    @ParameterizedTest
    @MethodSource("all")
    void everyConfigurationSurvivesJson(ModelConfig model) {
        assertThat(ModelJson.read(ModelJson.write(model))).isEqualTo(model);
    }

    @Test
    void itsConfigurationSurvivesDeeplearning4jsJson() {
        var network = TransformerNetwork.create(Models.llama(), DataType.FLOAT, 3, new NoOp(), 0, 1);
        String json = network.getLayerWiseConfigurations().toJson();
        var layer = (TransformerLayer)
                MultiLayerConfiguration.fromJson(json).getConf(0).getLayer();
        assertThat(layer.model()).isEqualTo(Models.llama());
    }

    @Test
    void aMaskTakesTargetsOutOfTheScore() {
        var network = TransformerNetwork.create(Models.gpt(), DataType.FLOAT, 3, new NoOp(), 0, 1);
        int[] all = {4, 4, 10, 0, 7, 3, 2, 5};
        INDArray mask = Nd4j.ones(DataType.FLOAT, 2, 4);
        mask.putScalar(1, 3, 0);
        var masked = new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(all, DataType.FLOAT), null, mask);
        var absent = new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(TARGETS, DataType.FLOAT));
        assertThat(network.score(masked)).isEqualTo(network.score(absent));
    }

    @Test
    void fittingThroughDeeplearning4jMemorisesASequence() {
        var network = TransformerNetwork.create(
                Models.gpt(), DataType.FLOAT, 3, TransformerNetwork.adamW(ADAM_W), ADAM_W.weightDecay(), 1);
        var data = new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(TARGETS, DataType.FLOAT));
        double before = network.score(data);
        for (int step = 0; step < 60; step++) {
            network.fit(data);
        }
        // ln 11 = 2.4 is what guessing costs; the first token of each sequence tells all that follow.
        assertThat(before).isGreaterThan(2);
        assertThat(network.score(data)).isLessThan(0.05);
    }

    @Test
    void aCloneGoesItsOwnWay() {
        var network = TransformerNetwork.create(Models.llama(), DataType.FLOAT, 3, new Sgd(0.1), 0, 1);
        var data = new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(TARGETS, DataType.FLOAT));
        network.fit(data);
        MultiLayerNetwork clone = network.clone();
        assertThat(clone.params()).isEqualTo(network.params());
        INDArray before = network.params().dup();

        clone.fit(data);

        assertThat(network.params()).isEqualTo(before);
        assertThat(clone.params()).isNotEqualTo(before);
        network.fit(data);
        assertThat(network.params()).as("the same step from the same place").isEqualTo(clone.params());
    }

    @Test
    void networksOnTwoThreadsDoNotDisturbEachOther() throws Exception {
        // With dropout, whose random numbers two threads might share.
        ModelConfig model = Models.dropping();
        float[] alone1 = trained(model, 1);
        float[] alone2 = trained(model, 2);
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            Future<float[]> together1 = threads.submit(() -> trained(model, 1));
            Future<float[]> together2 = threads.submit(() -> trained(model, 2));
            assertThat(together1.get()).isEqualTo(alone1);
            assertThat(together2.get()).isEqualTo(alone2);
        } finally {
            threads.shutdown();
        }
        assertThat(alone1).isNotEqualTo(alone2);
    }

    private static float[] trained(ModelConfig model, long seed) {
        var network = TransformerNetwork.create(
                model, DataType.FLOAT, seed, TransformerNetwork.adamW(ADAM_W), ADAM_W.weightDecay(), 1);
        var data = new DataSet(tokens(INPUTS, DataType.FLOAT), tokens(TARGETS, DataType.FLOAT));
        for (int step = 0; step < 20; step++) {
            network.fit(data);
        }
        return network.params().toFloatVector();
    }

    @Test
    void whatItsUpdatersCannotDoIsRefused() {
        ModelConfig mup = Models.with(draft -> draft.initialization = new Initialization.Mup(0.02, 4));
        assertThatThrownBy(() -> TransformerNetwork.create(mup, DataType.FLOAT, 3, new NoOp(), 0, 1))
                .hasMessageStartingWith("initialization = mup needs learning rates of their own");
        ModelConfig tied = Models.with(draft -> draft.embedding = new Sharing.Embedding.TiedUntil(3));
        assertThatThrownBy(() -> TransformerNetwork.create(tied, DataType.FLOAT, 3, new NoOp(), 0, 1))
                .hasMessageStartingWith("sharing.embedding = tied-until and untied-until change with the steps");
    }

    @Test
    void featuresAndLabelsOfOtherShapesAreRefused() {
        var network = TransformerNetwork.create(Models.gpt(), DataType.FLOAT, 3, new NoOp(), 0, 1);
        INDArray features = tokens(INPUTS, DataType.FLOAT);
        assertThatThrownBy(() -> network.score(new DataSet(features, Nd4j.ones(DataType.FLOAT, 2, 3))))
                .hasMessageContaining("labels must be token ids of the features' shape [2, 4], got [2, 3]");
        assertThatThrownBy(() -> network.output(Nd4j.ones(DataType.FLOAT, 2, 4, 1)))
                .hasMessageContaining("features must be token ids [batch, time], got shape [2, 4, 1]");
        assertThatThrownBy(() -> TransformerNetwork.create(Models.gpt(), DataType.FLOAT16, 3, new NoOp(), 0, 1))
                .hasMessageContaining("a Transformer network's data type must be FLOAT or DOUBLE, got HALF");
    }
}
