package apportion.spark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/**
 * What {@code bench rounds} measures on a cluster of two executors of one core each, on this machine.
 *
 * @param shape the model that the train job trains, and its batch; of the steps in it nothing is used
 * @param localSteps {@code H} of rounds
 * @param heldOut {@code H} of rounds from which nothing is fitted
 * @param rounds of a run that are counted; one more comes before them
 * @param turns of each kind of run
 * @param sizes {@code [W, P]} of the collectives that the cost model is fitted to
 * @param heldOutSize and one that it must predict
 */
record ClusterTask(
        TrainShape shape, int localSteps, int heldOut, int rounds, int turns, List<int[]> sizes, int[] heldOutSize) {

    private static final ObjectMapper MAPPER = new ObjectMapper();

    static ClusterTask read(Path file) throws IOException {
        return MAPPER.readValue(file.toFile(), ClusterTask.class);
    }

    void write(Path file) throws IOException {
        MAPPER.writeValue(file.toFile(), this);
    }

    /**
     * What the process found.
     *
     * @param runs of the train job
     * @param collectives for the fit
     * @param heldOut for the check
     */
    record Result(
            long parameters,
            long tokensPerStep,
            List<Run> runs,
            List<Collective.Times> collectives,
            List<Collective.Times> heldOut) {

        static Result read(Path file) throws IOException {
            return MAPPER.readValue(file.toFile(), Result.class);
        }

        void write(Path file) throws IOException {
            MAPPER.writeValue(file.toFile(), this);
        }

        /** Median seconds of such a round. */
        double secondsPerRound(int replicas, int localSteps) {
            return median(replicas, localSteps, Run::secondsPerRound);
        }

        /** Median seconds of such a round beside its steps. */
        double syncSeconds(int replicas, int localSteps) {
            return median(replicas, localSteps, Run::syncSeconds);
        }

        private double median(int replicas, int localSteps, Function<Run, Double> number) {
            return Sample.of(runs.stream()
                            .filter(run -> run.replicas() == replicas && run.localSteps() == localSteps)
                            .map(number)
                            .toList())
                    .median();
        }
    }

    /**
     * A run of the train job.
     *
     * @param replicas {@code W}
     * @param localSteps {@code H}
     * @param secondsPerRound median of its rounds
     * @param syncSeconds median of what they took beside the steps and reading of the slowest replica
     */
    record Run(int replicas, int localSteps, double secondsPerRound, double syncSeconds) {}
}
