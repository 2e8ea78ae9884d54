package apportion.spark.dl4j;

import java.util.Iterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A worker at work: its network and its place in its stretch, from round to round of one task.
 *
 * <p>Not from task to task: ND4J's workspaces belong to threads.
 */
final class LocalSteps {

    private final Setting setting;
    private final Iterator<DataSet> stretch;
    private Worker worker;
    private @Nullable MultiLayerNetwork network;

    /**
     * Nothing is built before there is something to fit.
     *
     * @param stretch all of it
     * @param skip mini-batches that earlier tasks have fitted
     */
    LocalSteps(Worker worker, Setting setting, Iterator<DataSet> stretch, long skip) {
        this.worker = worker;
        this.setting = setting;
        this.stretch = stretch;
        for (long i = 0; i < skip && stretch.hasNext(); i++) {
            stretch.next();
        }
    }

    /**
     * Fits the next mini-batches of the stretch.
     *
     * @param steps at most
     */
    Worker round(Worker.Shared shared, int steps) {
        worker = stretch.hasNext() ? fit(begin(shared), steps) : worker.settled();
        return worker;
    }

    private MultiLayerNetwork begin(Worker.Shared shared) {
        MultiLayerNetwork own = network;
        if (own == null) {
            own = setting.network(shared.parameters());
            own.setIterationCount(worker.iterations());
            remember(own, worker.memory());
            network = own;
        } else {
            shared.parameters().copyTo(own.params());
        }
        own.setEpochCount(shared.epoch());
        remember(own, shared.memory());
        // Layers that drop draw from the thread's generator; a retry must draw the same.
        Nd4j.getRandom().setSeed((own.conf().getSeed() * 31 + worker.number()) * 1_000_003 + own.getIterationCount());
        return own;
    }

    private static void remember(MultiLayerNetwork network, Numbers memory) {
        INDArray state = network.getUpdater().getStateViewArray();
        if (state != null && memory.length() > 0) {
            memory.copyTo(state);
        }
    }

    private Worker fit(MultiLayerNetwork network, int steps) {
        long seen = 0;
        double sum = 0;
        for (int step = 0; step < steps && stretch.hasNext(); step++) {
            DataSet batch = stretch.next();
            setting.hooks().forEach(hook -> hook.preUpdate(batch, network));
            network.fit(batch);
            setting.hooks().forEach(hook -> hook.postUpdate(batch, network));
            seen += batch.numExamples();
            sum += network.score() * batch.numExamples();
        }
        return new Worker(
                worker.number(),
                network.getIterationCount(),
                Numbers.of(network.getUpdater().getStateViewArray()),
                Numbers.of(network.params()),
                seen,
                sum);
    }
}
