package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.Iterator;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One worker after a round.
 *
 * @param iterations that its updater has counted, over all calls of {@code fit}
 * @param memory of its updater
 * @param parameters after its last step, before averaging; none if it had nothing to do
 * @param examples seen in the round
 * @param score sum over those examples
 */
record Worker(int number, int iterations, Numbers memory, Numbers parameters, long examples, double score)
        implements Serializable {

    /**
     * What all workers share in one round.
     *
     * @param memory of the updaters where that is averaged, and otherwise none
     */
    record Shared(int epoch, Numbers parameters, Numbers memory) implements Serializable {}

    /** A worker that has not moved yet. */
    static Worker fresh(int number, int iterations, Numbers memory) {
        return new Worker(number, iterations, memory, Numbers.NONE, 0, 0);
    }

    /** The same worker, ready for its next round: the parameters have had their vote. */
    Worker settled() {
        return fresh(number, iterations, memory);
    }

    /** The same worker where all remember the same, which comes with each round. */
    Worker forgetful() {
        return fresh(number, iterations, Numbers.NONE);
    }

    /**
     * Fits some mini-batches of its stretch.
     *
     * @param stretch all of it
     * @param skip mini-batches that earlier rounds have fitted
     * @param steps at most
     */
    Worker round(Setting setting, Shared shared, Iterator<DataSet> stretch, long skip, int steps) {
        for (long i = 0; i < skip && stretch.hasNext(); i++) {
            stretch.next();
        }
        if (!stretch.hasNext()) {
            return settled();
        }
        MultiLayerNetwork network = network(setting, shared);
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
                number,
                network.getIterationCount(),
                Numbers.of(network.getUpdater().getStateViewArray()),
                Numbers.of(network.params()),
                seen,
                sum);
    }

    private MultiLayerNetwork network(Setting setting, Shared shared) {
        MultiLayerNetwork network = setting.network(shared.parameters);
        network.setIterationCount(iterations);
        network.setEpochCount(shared.epoch);
        Numbers remembered = shared.memory.length() > 0 ? shared.memory : memory;
        INDArray state = network.getUpdater().getStateViewArray();
        if (state != null && remembered.length() > 0) {
            remembered.copyTo(state);
        }
        // Layers that drop draw from the thread's generator; a retry must draw the same.
        Nd4j.getRandom().setSeed((network.conf().getSeed() * 31 + number) * 1_000_003 + iterations);
        return network;
    }
}
