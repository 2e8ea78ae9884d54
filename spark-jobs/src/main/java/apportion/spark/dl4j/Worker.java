package apportion.spark.dl4j;

import java.io.Serializable;

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
}
