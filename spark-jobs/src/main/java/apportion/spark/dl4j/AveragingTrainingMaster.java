package apportion.spark.dl4j;

import apportion.spark.average.WeightedMean;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.failure.Failure;
import apportion.spark.storage.Storage;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.function.Function;
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
import org.nd4j.linalg.api.ndarray.INDArray;
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
        int longest = Collections.max(stretches
                .mapPartitions(stretch -> List.of(count(stretch)).iterator())
                .collect());
        boolean averaged = averaging.memory() == Averaging.Memory.AVERAGED;
        int before = network.getIterationCount();
        long[] seen = new long[averaging.workers()];
        List<Broadcast<Setting>> settings = new ArrayList<>();
        for (int done = 0; done < longest; done += averaging.localSteps()) {
            Worker.Shared shared = new Worker.Shared(
                    network.getEpochCount(), Numbers.of(network.params()), averaged ? memory(network) : Numbers.NONE);
            List<Workers.Report> reports =
                    all.round(stretches, newest(settings, context, network), shared, done, averaging);
            average(network, reports);
            for (int worker = 0; worker < seen.length; worker++) {
                seen[worker] += reports.get(worker).examples();
            }
            network.setIterationCount(before + Math.min(longest, done + averaging.localSteps()));
            listeners.forEach(
                    listener -> listener.iterationDone(network, network.getIterationCount(), network.getEpochCount()));
        }
        all.settle();
        settings.forEach(Broadcast::destroy);
        INDArray state = network.getUpdater().getStateViewArray();
        if (longest > 0 && !averaged && state != null) {
            WeightedMean mean = new WeightedMean((int) state.length(), seen);
            List<Numbers> memories = all.memories();
            for (int worker = 0; worker < seen.length; worker++) {
                memories.get(worker).addTo(mean, seen[worker]);
            }
            Numbers.of(mean, state.dataType()).copyTo(state);
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

    private static int count(Iterator<DataSet> stretch) {
        int count = 0;
        for (; stretch.hasNext(); stretch.next()) {
            count++;
        }
        return count;
    }

    /** A worker whose stretch has ended has no vote. */
    private static void average(MultiLayerNetwork network, List<Workers.Report> all) {
        List<Workers.Report> voters =
                all.stream().filter(report -> report.examples() > 0).toList();
        average(network.params(), voters, Workers.Report::parameters);
        if (voters.get(0).memory().length() > 0) {
            average(network.getUpdater().getStateViewArray(), voters, Workers.Report::memory);
        }
        double score = voters.stream().mapToDouble(Workers.Report::score).sum();
        network.setScore(
                score / voters.stream().mapToLong(Workers.Report::examples).sum());
    }

    private static void average(INDArray into, List<Workers.Report> voters, Function<Workers.Report, Numbers> numbers) {
        long[] weights = voters.stream().mapToLong(Workers.Report::examples).toArray();
        WeightedMean mean = new WeightedMean((int) into.length(), weights);
        voters.forEach(voter -> numbers.apply(voter).addTo(mean, voter.examples()));
        Numbers.of(mean, into.dataType()).copyTo(into);
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
