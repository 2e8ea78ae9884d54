package apportion.spark.experiment.tasks;

import apportion.spark.failure.UserError;
import apportion.spark.storage.StoredJson;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code trials.jsonl}: a trial that ended, well or badly.
 *
 * @param id of the trial
 * @param parameters of the model
 * @param error on the validation sequences, divided by the variance of the targets; null if the trial diverged, also to
 *     more than the variance
 * @param curve error of training batches, likewise, averaged over equal parts of the run
 * @param seconds that it took
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record TaskRun(
        String id,
        String positions,
        int time,
        int heads,
        double learningRate,
        long seed,
        long parameters,
        @Nullable Double error,
        List<Double> curve,
        double seconds)
        implements Serializable {

    private static final ObjectMapper JSON = new ObjectMapper();

    TaskRun {
        Objects.requireNonNull(id, "id");
        Objects.requireNonNull(positions, "positions");
        curve = List.copyOf(curve);
    }

    String line() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers have a JSON form", e);
        }
    }

    /**
     * Reads one line.
     *
     * @throws UserError if it is none, or one of another version
     */
    static TaskRun parse(String line) {
        try {
            return StoredJson.read(line, TaskRun.class);
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "trials.jsonl in experiment.output has a line that is no trial of this version: " + line
                            + "; delete the file, and its trials run again",
                    e);
        }
    }
}
