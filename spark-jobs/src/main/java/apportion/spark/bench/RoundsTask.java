package apportion.spark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * What one process of {@code bench rounds} measures: two masters in turn, in one Spark of as many cores as workers.
 *
 * @param batches of each worker in a fit; a multiple of every frequency
 * @param frequencies {@code H}: mini-batches of a worker between two averages
 * @param turns that are kept; one more comes before them
 */
record RoundsTask(RoundsNetwork network, int workers, int batches, List<Integer> frequencies, int turns) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    RoundsTask {
        for (int frequency : frequencies) {
            if (batches % frequency != 0) {
                throw new IllegalArgumentException(
                        "batches must be a multiple of every frequency, got " + batches + " and " + frequency);
            }
        }
    }

    static RoundsTask read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), RoundsTask.class);
    }

    void write(Path file) throws IOException {
        MAPPER.writeValue(file.toFile(), this);
    }

    /**
     * What the process found.
     *
     * @param parameterDifference largest of any parameter after rounds in which both sides do the same arithmetic
     * @param options one fit with each of the other master's options, from which its best is chosen
     * @param fits of both sides
     */
    record Result(long parameters, double parameterDifference, List<Fit> options, List<Fit> fits, List<Bytes> bytes) {

        static Result read(Path file) throws IOException {
            return MAPPER.readValue(file.toFile(), Result.class);
        }

        void write(Path file) throws IOException {
            MAPPER.writeValue(file.toFile(), this);
        }
    }

    /**
     * One call of {@code fit}.
     *
     * @param side its name
     * @param scoreBefore mean loss of some mini-batches before it
     */
    record Fit(String side, int frequency, int rounds, double seconds, double scoreBefore, double scoreAfter) {}

    /**
     * What a round sends.
     *
     * @param down to each executor
     * @param up from all workers together
     */
    record Bytes(String side, double down, double up) {}
}
