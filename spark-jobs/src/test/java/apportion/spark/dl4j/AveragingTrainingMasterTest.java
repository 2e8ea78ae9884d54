package apportion.spark.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.model.config.Activation;
import apportion.model.config.AttentionConfig;
import apportion.model.config.BlockConfig;
import apportion.model.config.FeedForwardConfig;
import apportion.model.config.ModelConfig;
import apportion.model.config.Norm;
import apportion.model.config.Positions;
import apportion.model.config.Sharing;
import apportion.model.dl4j.TransformerNetwork;
import apportion.spark.train.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

final class AveragingTrainingMasterTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[2,4]");

    @TempDir
    private Path folder;

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static MultiLayerNetwork network(IUpdater updater, DataType type) {
        MultiLayerConfiguration configuration = new NeuralNetConfiguration.Builder()
                .seed(7)
                .dataType(type)
                .updater(updater)
                .l2(0.001)
                .list()
                .layer(new DenseLayer.Builder()
                        .nIn(4)
                        .nOut(6)
                        .activation(org.nd4j.linalg.activations.Activation.TANH)
                        .build())
                .layer(new OutputLayer.Builder(LossFunction.MCXENT)
                        .nIn(6)
                        .nOut(3)
                        .activation(org.nd4j.linalg.activations.Activation.SOFTMAX)
                        .build())
                .build();
        MultiLayerNetwork network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    private static MultiLayerNetwork network() {
        return network(new Adam(0.05), DataType.FLOAT);
    }

    /** Mini-batches of 1 to 5 examples. */
    private static List<DataSet> batches(int count, DataType type) {
        Random random = new Random(3);
        List<DataSet> batches = new ArrayList<>();
        for (int b = 0; b < count; b++) {
            int examples = 1 + b % 5;
            double[][] features = new double[examples][4];
            double[][] labels = new double[examples][3];
            for (int e = 0; e < examples; e++) {
                for (int i = 0; i < 4; i++) {
                    features[e][i] = random.nextGaussian();
                }
                labels[e][features[e][0] > 0 ? 0 : features[e][1] > 0 ? 1 : 2] = 1;
            }
            batches.add(new DataSet(
                    Nd4j.createFromArray(features).castTo(type),
                    Nd4j.createFromArray(labels).castTo(type)));
        }
        return batches;
    }

    private static MultiLayerNetwork onSpark(
            MultiLayerNetwork network, Averaging averaging, JavaRDD<DataSet> data, int epochs) {
        var onSpark = new SparkDl4jMultiLayer(SPARK, network, new AveragingTrainingMaster(averaging));
        for (int epoch = 0; epoch < epochs; epoch++) {
            onSpark.fit(data);
        }
        return network;
    }

    private static INDArray memory(MultiLayerNetwork network) {
        return network.getUpdater().getStateViewArray();
    }

    @Test
    void oneWorkerIsFitOnTheSameBatchesBitForBit() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            List<DataSet> batches = batches(23, type);
            MultiLayerNetwork plain = network(new Adam(0.05), type);
            for (int epoch = 0; epoch < 2; epoch++) {
                batches.forEach(plain::fit);
                plain.incrementEpochCount();
            }

            MultiLayerNetwork averaged =
                    onSpark(network(new Adam(0.05), type), Averaging.of(1, 3), SPARK.parallelize(batches, 4), 2);

            assertThat(averaged.params()).isEqualTo(plain.params());
            assertThat(averaged.params().toDoubleVector())
                    .isEqualTo(plain.params().toDoubleVector());
            assertThat(memory(averaged).toDoubleVector())
                    .isEqualTo(memory(plain).toDoubleVector());
            assertThat(averaged.getIterationCount()).isEqualTo(46);
            assertThat(averaged.getEpochCount()).isEqualTo(2);
        }
    }

    @Test
    void theAverageWeighsExamples() {
        List<DataSet> batches = batches(4, DataType.FLOAT);
        MultiLayerNetwork left = network();
        MultiLayerNetwork right = network();
        batches.subList(0, 2).forEach(left::fit);
        batches.subList(2, 4).forEach(right::fit);

        MultiLayerNetwork averaged = onSpark(network(), Averaging.of(2, 2), SPARK.parallelize(batches, 1), 1);

        // 1 + 2 and 3 + 4 examples.
        INDArray expected = left.params().mul(0.3).addi(right.params().mul(0.7));
        assertThat(averaged.params().toFloatVector()).containsExactly(expected.toFloatVector(), within(1e-7f));
        assertThat(averaged.params().toFloatVector()).isNotEqualTo(left.params().toFloatVector());
        assertThat(averaged.getIterationCount()).isEqualTo(2);
    }

    /** A step of gradient descent is linear in the gradient, so averaging weights by examples averages gradients. */
    @Test
    void averagingEveryStepOfGradientDescentIsOneLargeBatch() {
        for (DataType type : List.of(DataType.FLOAT, DataType.DOUBLE)) {
            List<DataSet> batches = batches(12, type);
            MultiLayerNetwork large = network(new Sgd(0.1), type);
            float[] start = large.params().toFloatVector();
            for (int step = 0; step < 4; step++) {
                large.fit(DataSet.merge(List.of(batches.get(step), batches.get(4 + step), batches.get(8 + step))));
            }

            MultiLayerNetwork averaged =
                    onSpark(network(new Sgd(0.1), type), Averaging.of(3, 1), SPARK.parallelize(batches, 3), 1);

            assertThat(averaged.params().toFloatVector())
                    .containsExactly(large.params().toFloatVector(), within(1e-6f));
            assertThat(averaged.params()
                            .distance2(Nd4j.createFromArray(start)
                                    .castTo(type)
                                    .reshape(averaged.params().shape())))
                    .isGreaterThan(0.01);
        }
    }

    /** Two networks that are averaged by hand after each step; returns their mean parameters. */
    private static float[] byHand(List<List<DataSet>> stretches, boolean keep) {
        List<MultiLayerNetwork> workers = List.of(network(), network());
        MultiLayerNetwork mean = network();
        for (int step = 0; step < 3; step++) {
            for (int w = 0; w < 2; w++) {
                workers.get(w).params().assign(mean.params());
                if (!keep) {
                    memory(workers.get(w)).assign(0);
                }
                workers.get(w).fit(stretches.get(w).get(step));
            }
            mean.params()
                    .assign(workers.get(0).params().add(workers.get(1).params()).muli(0.5));
        }
        return mean.params().toFloatVector();
    }

    @Test
    void adamsMomentsSurviveARound() {
        List<DataSet> all = batches(30, DataType.FLOAT);
        List<DataSet> equal =
                all.stream().filter(batch -> batch.numExamples() == 4).toList();
        List<List<DataSet>> stretches = List.of(equal.subList(0, 3), equal.subList(3, 6));

        MultiLayerNetwork averaged =
                onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(equal.subList(0, 6), 2), 1);

        assertThat(averaged.params().toFloatVector()).containsExactly(byHand(stretches, true), within(1e-6f));
        float[] forgetful = byHand(stretches, false);
        assertThat(Nd4j.createFromArray(forgetful).distance2(averaged.params())).isGreaterThan(1e-3);
    }

    @Test
    void averagedMemoryIsTheSameForAll() {
        List<DataSet> batches = batches(12, DataType.FLOAT);
        Averaging averaging = new Averaging(2, 2, Averaging.Memory.AVERAGED);
        MultiLayerNetwork averaged = onSpark(network(), averaging, SPARK.parallelize(batches, 2), 2);
        MultiLayerNetwork kept = onSpark(network(), Averaging.of(2, 2), SPARK.parallelize(batches, 2), 2);

        assertThat(averaged.params().toFloatVector()).isNotEqualTo(kept.params().toFloatVector());
        assertThat(memory(averaged).norm2Number().doubleValue()).isPositive();
    }

    @Test
    void workersWithFewerBatchesDoFewerSteps() {
        List<DataSet> batches = batches(5, DataType.FLOAT);
        // Three and two mini-batches; of the last round only the first worker takes part.
        MultiLayerNetwork averaged =
                onSpark(network(new Sgd(0.1), DataType.FLOAT), Averaging.of(2, 1), SPARK.parallelize(batches, 1), 1);

        MultiLayerNetwork mean = network(new Sgd(0.1), DataType.FLOAT);
        MultiLayerNetwork other = network(new Sgd(0.1), DataType.FLOAT);
        int[][] rounds = {{0, 3}, {1, 4}};
        for (int[] round : rounds) {
            INDArray start = mean.params().dup();
            mean.fit(batches.get(round[0]));
            other.params().assign(start);
            other.fit(batches.get(round[1]));
            double examples =
                    batches.get(round[0]).numExamples() + batches.get(round[1]).numExamples();
            mean.params()
                    .muli(batches.get(round[0]).numExamples() / examples)
                    .addi(other.params().mul(batches.get(round[1]).numExamples() / examples));
        }
        mean.fit(batches.get(2));
        assertThat(averaged.params().toFloatVector())
                .containsExactly(mean.params().toFloatVector(), within(1e-6f));
        assertThat(averaged.getIterationCount()).isEqualTo(3);
    }

    @Test
    void neitherPartitionsNorSchedulingNorTheLineageChangeABit() {
        List<DataSet> batches = batches(60, DataType.FLOAT);
        float[] first = onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(batches, 1), 2)
                .params()
                .toFloatVector();
        assertThat(onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(batches, 7), 2)
                        .params()
                        .toFloatVector())
                .isEqualTo(first);
        assertThat(onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(batches, 2), 2)
                        .params()
                        .toFloatVector())
                .isEqualTo(first);
        assertThat(SPARK.getPersistentRDDs()).isEmpty();
    }

    @Test
    void workersThatStayOnTheExecutorsComeToTheSameBits() {
        List<DataSet> batches = batches(90, DataType.FLOAT);
        for (Averaging.Memory memory : Averaging.Memory.values()) {
            Averaging averaging = new Averaging(2, 2, memory);
            MultiLayerNetwork travelled = onSpark(network(), averaging, SPARK.parallelize(batches, 2), 2);
            MultiLayerNetwork stayed = network();
            var onSpark = new SparkDl4jMultiLayer(SPARK, stayed, new AveragingTrainingMaster(averaging, 0));
            // 23 rounds an epoch, more than one lineage.
            onSpark.fit(SPARK.parallelize(batches, 2));
            onSpark.fit(SPARK.parallelize(batches, 2));

            assertThat(stayed.params().toFloatVector())
                    .as(memory.name())
                    .isEqualTo(travelled.params().toFloatVector());
            assertThat(memory(stayed).toFloatVector())
                    .as(memory.name())
                    .isEqualTo(memory(travelled).toFloatVector());
        }
        assertThat(SPARK.getPersistentRDDs()).isEmpty();
    }

    @Test
    void listenersHearOfEveryRound() {
        List<Integer> iterations = Collections.synchronizedList(new ArrayList<>());
        var onSpark = new SparkDl4jMultiLayer(SPARK, network(), new AveragingTrainingMaster(Averaging.of(2, 3)));
        onSpark.setListeners(new BaseTrainingListener() {
            @Override
            public void iterationDone(Model model, int iteration, int epoch) {
                assertThat(model.score()).isPositive();
                iterations.add(iteration);
            }
        });
        onSpark.fit(SPARK.parallelize(batches(14, DataType.FLOAT), 2));
        assertThat(iterations).containsExactly(3, 6, 7);
    }

    /** Rounds that are listened to are jobs of their own; others share one, whose tasks run side by side. */
    @Test
    void roundsInOneJobComeToTheSameBits() {
        List<DataSet> batches = batches(75, DataType.FLOAT);
        for (Averaging.Memory memory : Averaging.Memory.values()) {
            Averaging averaging = new Averaging(2, 2, memory);
            MultiLayerNetwork heard = network();
            var onSpark = new SparkDl4jMultiLayer(SPARK, heard, new AveragingTrainingMaster(averaging));
            onSpark.setListeners(new BaseTrainingListener() {});
            onSpark.fit(SPARK.parallelize(batches, 2));
            onSpark.fit(SPARK.parallelize(batches, 2));

            int before = jobs();
            MultiLayerNetwork unheard = onSpark(network(), averaging, SPARK.parallelize(batches, 2), 2);

            assertThat(jobs() - before)
                    .as("of 38 rounds: lengths and training, twice")
                    .isEqualTo(4);
            assertThat(unheard.params().toFloatVector())
                    .as(memory.name())
                    .isEqualTo(heard.params().toFloatVector());
            assertThat(memory(unheard).toFloatVector())
                    .as(memory.name())
                    .isEqualTo(memory(heard).toFloatVector());
            assertThat(unheard.score()).isEqualTo(heard.score());
            assertThat(unheard.getIterationCount()).isEqualTo(heard.getIterationCount());
        }
    }

    private static int jobs() {
        return SPARK.statusTracker().getJobIdsForGroup(null).length;
    }

    @Test
    void anRddWhoseTasksCannotRunSideBySideIsTrainedOnARoundAtATime() {
        List<DataSet> batches = batches(20, DataType.FLOAT);
        JavaRDD<DataSet> coalesced = SPARK.parallelize(batches, 6).coalesce(2);
        List<List<DataSet>> stretches = coalesced.glom().collect();
        float[] expected = onSpark(
                        network(),
                        Averaging.of(2, 2),
                        SPARK.parallelize(stretches, 2).flatMap(List::iterator),
                        1)
                .params()
                .toFloatVector();

        assertThat(onSpark(network(), Averaging.of(2, 2), coalesced, 1).params().toFloatVector())
                .isEqualTo(expected);
    }

    @Test
    void tasksThatFailAreStartedAgain() {
        List<DataSet> batches = batches(40, DataType.FLOAT);
        float[] expected = onSpark(network(), Averaging.of(2, 2), SPARK.parallelize(batches, 2), 1)
                .params()
                .toFloatVector();
        var master = new AveragingTrainingMaster(Averaging.of(2, 2));
        master.addHook(new FailsOnce());
        MultiLayerNetwork network = network();
        new SparkDl4jMultiLayer(SPARK, network, master).fit(SPARK.parallelize(batches, 2));

        assertThat(FailsOnce.UPDATES.get()).as("up to the failure, and all").isGreaterThan(40 + 24);
        assertThat(network.params().toFloatVector()).isEqualTo(expected);
    }

    /** Fails in the seventh round. */
    private static final class FailsOnce implements TrainingHook {

        private static final long serialVersionUID = 1;
        private static final AtomicInteger UPDATES = new AtomicInteger();

        @Override
        public void preUpdate(org.nd4j.linalg.dataset.api.DataSet batch, Model model) {
            if (UPDATES.incrementAndGet() == 25) {
                throw new IllegalStateException("a failure that the test makes");
            }
        }

        @Override
        public void preUpdate(MultiDataSet batch, Model model) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void postUpdate(org.nd4j.linalg.dataset.api.DataSet batch, Model model) {
            assertThat(batch.numExamples()).isPositive();
        }

        @Override
        public void postUpdate(MultiDataSet batch, Model model) {
            throw new UnsupportedOperationException();
        }
    }

    @Test
    void batchesInFilesAreTrainedOn() throws IOException {
        List<DataSet> batches = batches(4, DataType.FLOAT);
        List<String> paths = new ArrayList<>();
        for (int b = 0; b < 4; b++) {
            Path file = folder.resolve("batch-" + b);
            try (var out = Files.newOutputStream(file)) {
                batches.get(b).save(out);
            }
            paths.add(file.toString());
        }
        MultiLayerNetwork network = network();
        new SparkDl4jMultiLayer(SPARK, network, new AveragingTrainingMaster(Averaging.of(2, 1)))
                .fitPaths(SPARK.parallelize(paths, 2));
        assertThat(network.params().toFloatVector())
                .isEqualTo(onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(batches, 2), 1)
                        .params()
                        .toFloatVector());
    }

    @Test
    void anEmptyRddChangesNothing() {
        float[] before = network().params().toFloatVector();
        assertThat(onSpark(network(), Averaging.of(2, 1), SPARK.parallelize(List.of(), 3), 1)
                        .params()
                        .toFloatVector())
                .isEqualTo(before);
    }

    @Test
    @SuppressWarnings("NullAway") // what Deeplearning4j itself passes for a graph
    void graphsAreRefusedWithAWayOut() {
        var master = new AveragingTrainingMaster(Averaging.of(2, 1));
        assertThatThrownBy(() -> master.executeTrainingMDS(null, null))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("SparkDl4jMultiLayer.fit")
                .hasMessageContaining("ComputationGraph");
        assertThatThrownBy(() -> master.executeTrainingPaths(null, null, SPARK.emptyRDD(), null, null))
                .isInstanceOf(UnsupportedOperationException.class);
        assertThatThrownBy(() -> Averaging.of(0, 1)).hasMessageContaining("workers must be at least 1, got 0");
        assertThatThrownBy(() -> Averaging.of(1, 0)).hasMessageContaining("local steps must be at least 1, got 0");
        assertThat(master.toJson()).isEqualTo("{\"workers\":2,\"localSteps\":1,\"memory\":\"KEPT\"}");
    }

    @Test
    void aTransformerLearns() {
        ModelConfig model = new ModelConfig(
                11,
                8,
                16,
                2,
                new BlockConfig(
                        AttentionConfig.uniform(2, 8),
                        new FeedForwardConfig(24, Activation.GELU),
                        new Norm(Norm.Type.LAYER, 1e-5, Norm.Placement.PRE),
                        false,
                        0),
                new Positions.Learned(),
                new Sharing(Sharing.Embedding.FULL),
                0.1);
        MultiLayerNetwork network = TransformerNetwork.create(model, DataType.FLOAT, 3, new Adam(0.02), 0, 1);
        List<DataSet> batches = new ArrayList<>();
        for (int b = 0; b < 40; b++) {
            float[][] inputs = new float[2][8];
            float[][] targets = new float[2][8];
            for (int s = 0; s < 2; s++) {
                for (int i = 0; i < 8; i++) {
                    inputs[s][i] = (b + s + 3 * i) % 11;
                    targets[s][i] = (b + s + 3 * i + 3) % 11;
                }
            }
            batches.add(new DataSet(Nd4j.createFromArray(inputs), Nd4j.createFromArray(targets)));
        }
        double before = network.score(batches.get(0));

        onSpark(network, Averaging.of(2, 5), SPARK.parallelize(batches, 2), 2);

        assertThat(before).isGreaterThan(2);
        assertThat(network.score(batches.get(0))).isLessThan(0.5);
    }
}
