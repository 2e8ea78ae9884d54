package apportion.spark.dl4j;

import apportion.spark.compute.ClusterSettings;
import apportion.spark.failure.Failure;
import apportion.spark.storage.Storage;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;
import org.deeplearning4j.core.loader.DataSetLoader;
import org.deeplearning4j.core.loader.MultiDataSetLoader;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.api.TrainingResult;
import org.deeplearning4j.spark.api.TrainingWorker;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.jspecify.annotations.Nullable;
import org.nd4j.common.loader.Source;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * Trains a network on Spark by averaging its parameters.
 *
 * <pre>{@code
 * var master = new AveragingTrainingMaster(Averaging.of(4, 10));
 * var onSpark = new SparkDl4jMultiLayer(context, network, master);
 * onSpark.fit(miniBatches);
 * }</pre>
 *
 * <p>Belongs to one network: its workers remember what their updaters have seen. When {@code fit} returns, the driver's
 * network has the averaged parameters, the mean of its workers' memories (so that it can be saved and go on elsewhere),
 * and the iterations of the worker with the most mini-batches.
 */
public final class AveragingTrainingMaster implements TrainingMaster<TrainingResult, TrainingWorker<TrainingResult>> {

    /** Name of the sum, shown by Spark with every stage, of what workers have told each other within jobs. */
    public static final String BYTES_UP = "bytes to the driver between rounds";

    /** Name of the sum of what all workers were answered. */
    public static final String BYTES_DOWN = "bytes from the driver between rounds";

    /** Rounds of one job. */
    private static final int MOST_ROUNDS = 100;

    private final Averaging averaging;
    private final long small;
    private final List<TrainingHook> hooks = new ArrayList<>();
    private Collection<TrainingListener> listeners = List.of();
    private @Nullable Workers workers;

    public AveragingTrainingMaster(Averaging averaging) {
        this(averaging, Workers.SMALL);
    }

    AveragingTrainingMaster(Averaging averaging, long small) {
        this.averaging = averaging;
        this.small = small;
    }

    @Override
    public void executeTraining(SparkDl4jMultiLayer onSpark, JavaRDD<DataSet> trainingData) {
        JavaSparkContext context = onSpark.getSparkContext();
        ClusterSettings.refuseUnusable(context.getConf());
        // An RDD of our own, so that the caller's is neither kept in memory nor dropped from it.
        JavaRDD<DataSet> stretches = Stretches.of(trainingData, averaging.workers())
                .map(batch -> batch)
                .persist(StorageLevel.MEMORY_AND_DISK());
        try {
            fit(context, workers(context, onSpark.getNetwork()), onSpark.getNetwork(), stretches);
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            stretches.unpersist(false);
        }
    }

    private Workers workers(JavaSparkContext context, MultiLayerNetwork network) {
        Workers known = workers;
        if (known == null) {
            known = Workers.of(
                    context,
                    averaging.workers(),
                    network.numParams(),
                    network.getIterationCount(),
                    memory(network),
                    small);
            workers = known;
        }
        return known;
    }

    private static Numbers memory(MultiLayerNetwork network) {
        return Numbers.of(network.getUpdater().getStateViewArray());
    }

    private void fit(JavaSparkContext context, Workers all, MultiLayerNetwork network, JavaRDD<DataSet> stretches) {
        List<Stretches.Length> lengths = Stretches.lengths(stretches);
        int longest = lengths.stream().mapToInt(Stretches.Length::batches).max().orElseThrow();
        boolean averaged = averaging.memory() == Averaging.Memory.AVERAGED;
        int before = network.getIterationCount();
        List<Broadcast<Setting>> settings = new ArrayList<>();
        int done = 0;
        while (done < longest) {
            Workers.Rounds rounds = new Workers.Rounds(
                    averaging, newest(settings, context, network), done, roundsOfAJob(longest - done));
            Worker.Shared shared = new Worker.Shared(
                    network.getEpochCount(), Numbers.of(network.params()), averaged ? memory(network) : Numbers.NONE);
            Average average = all.rounds(stretches, rounds, shared);
            average.parameters().copyTo(network.params());
            remember(network, average.memory());
            network.setScore(average.score());
            done = Math.min(longest, done + rounds.count() * averaging.localSteps());
            network.setIterationCount(before + done);
            listeners.forEach(
                    listener -> listener.iterationDone(network, network.getIterationCount(), network.getEpochCount()));
        }
        all.settle();
        settings.forEach(Broadcast::destroy);
        if (longest > 0 && !averaged) {
            long[] examples =
                    lengths.stream().mapToLong(Stretches.Length::examples).toArray();
            remember(network, Numbers.mean(all.memories(), examples));
        }
    }

    /** All that there are, but for those who listen after each, and so that a failure costs no more than that. */
    private int roundsOfAJob(int batches) {
        int rounds = (batches - 1) / averaging.localSteps() + 1;
        return listeners.isEmpty() ? Math.min(rounds, MOST_ROUNDS) : 1;
    }

    private static void remember(MultiLayerNetwork network, Numbers memory) {
        if (memory.length() > 0) {
            memory.copyTo(network.getUpdater().getStateViewArray());
        }
    }

    /**
     * Sent anew where a listener has changed the network's configuration since the round before, or added a hook: only
     * listeners act between rounds.
     */
    private Broadcast<Setting> newest(
            List<Broadcast<Setting>> sent, JavaSparkContext context, MultiLayerNetwork network) {
        if (!sent.isEmpty() && listeners.isEmpty()) {
            return sent.get(sent.size() - 1);
        }
        Setting setting = Setting.of(network, hooks);
        if (sent.isEmpty() || !sent.get(sent.size() - 1).value().isLike(setting)) {
            sent.add(context.broadcast(setting));
        }
        return sent.get(sent.size() - 1);
    }

    /** Trains on mini-batches that lie in files, as {@code DataSet.save} writes them or as the loader reads them. */
    @Override
    public void executeTrainingPaths(
            @Nullable SparkDl4jMultiLayer onSpark,
            @Nullable SparkComputationGraph graph,
            JavaRDD<String> trainingDataPaths,
            @Nullable DataSetLoader loader,
            @Nullable MultiDataSetLoader multiLoader) {
        if (onSpark == null || loader == null) {
            throw onlyNetworks();
        }
        Storage storage = new Storage(onSpark.getSparkContext().hadoopConfiguration());
        executeTraining(onSpark, trainingDataPaths.map(path -> loader.load(new StoredSource(storage, path))));
    }

    private record StoredSource(Storage storage, String path) implements Source {

        @Override
        public InputStream getInputStream() {
            return storage.open(path);
        }

        @Override
        public String getPath() {
            return path;
        }
    }

    @Override
    public void executeTraining(SparkComputationGraph graph, JavaRDD<DataSet> trainingData) {
        throw onlyNetworks();
    }

    @Override
    public void executeTrainingMDS(SparkComputationGraph graph, JavaRDD<MultiDataSet> trainingData) {
        throw onlyNetworks();
    }

    private static UnsupportedOperationException onlyNetworks() {
        return new UnsupportedOperationException("a MultiLayerNetwork and DataSets are trained here; use"
                + " SparkDl4jMultiLayer.fit, or Deeplearning4j's ParameterAveragingTrainingMaster for a ComputationGraph"
                + " or MultiDataSets");
    }

    @Override
    public TrainingWorker<TrainingResult> getWorkerInstance(SparkDl4jMultiLayer network) {
        throw noWorker();
    }

    @Override
    public TrainingWorker<TrainingResult> getWorkerInstance(SparkComputationGraph graph) {
        throw noWorker();
    }

    private static UnsupportedOperationException noWorker() {
        return new UnsupportedOperationException(
                "workers live on the executors between two rounds and cannot be handed out; use SparkDl4jMultiLayer.fit");
    }

    /** Hooks travel to the workers, and are called there before and after each mini-batch. */
    @Override
    public void addHook(TrainingHook hook) {
        hooks.add(hook);
    }

    @Override
    public void removeHook(TrainingHook hook) {
        hooks.remove(hook);
    }

    /** Listeners are called on the driver, after each round. */
    @Override
    public void setListeners(Collection<TrainingListener> listeners) {
        this.listeners = List.copyOf(listeners);
    }

    @Override
    public void setListeners(@Nullable StatsStorageRouter router, Collection<TrainingListener> listeners) {
        setListeners(listeners);
    }

    @Override
    public void setCollectTrainingStats(boolean collect) {
        if (collect) {
            throw new UnsupportedOperationException(
                    "no statistics are collected here; Spark's own interface shows the time of every stage");
        }
    }

    @Override
    public boolean getIsCollectTrainingStats() {
        return false;
    }

    @Override
    public @Nullable SparkTrainingStats getTrainingStats() {
        return null;
    }

    @Override
    public String toJson() {
        return averaging.toJson();
    }

    @Override
    public String toYaml() {
        return averaging.toYaml();
    }

    /** There are none. */
    @Override
    public boolean deleteTempFiles(JavaSparkContext context) {
        return true;
    }

    /** There are none. */
    @Override
    public boolean deleteTempFiles(SparkContext context) {
        return true;
    }
}
