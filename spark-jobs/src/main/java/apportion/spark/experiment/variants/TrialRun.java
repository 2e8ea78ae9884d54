package apportion.spark.experiment.variants;

import apportion.spark.train.RoundRecord;
import apportion.spark.train.TrainEstimate;
import apportion.spark.train.TrainResult;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of an experiment's {@code runs.jsonl}: a trial that ended, well or badly.
 *
 * @param id hash of everything that could change the result
 * @param parameters of the model
 * @param steps of each replica
 * @param rounds after each of which replicas were averaged
 * @param tokens predicted by all replicas
 * @param bytes that the run sends if each replica is on an executor of its own
 * @param seconds of training, without validation and checkpoints
 * @param syncShare share of those seconds in which an average replica neither computed nor waited for data
 * @param loss on the validation split after the last round, in nats per token; null if the run diverged, as the line
 *     then has no such field
 * @param message of a run that diverged; null if it did not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrialRun(
        String id,
        String arm,
        String condition,
        long seed,
        long parameters,
        long steps,
        long rounds,
        long tokens,
        long bytes,
        double seconds,
        double syncShare,
        @Nullable Double loss,
        @Nullable String message) {

    private static final ObjectMapper JSON = new ObjectMapper();

    static TrialRun done(Trial trial, TrainResult result) {
        RoundRecord last = result.last();
        return of(trial, last.tokens(), result.seconds(), result.syncShare(), last.validationLoss(), null);
    }

    static TrialRun diverged(Trial trial, String message) {
        return of(trial, 0, 0, 0, null, message);
    }

    private static TrialRun of(
            Trial trial,
            long tokens,
            double seconds,
            double syncShare,
            @Nullable Double loss,
            @Nullable String message) {
        TrainEstimate estimate = TrainEstimate.of(
                trial.plan().model(),
                trial.plan().train(),
                trial.plan().dataset().manifest().sequence());
        return new TrialRun(
                trial.id(),
                trial.arm(),
                trial.condition(),
                trial.seed(),
                estimate.model().parameters(),
                estimate.steps(),
                estimate.rounds(),
                tokens,
                estimate.bytes(),
                seconds,
                syncShare,
                loss,
                message);
    }

    /** Lines of all of them. */
    static String lines(List<TrialRun> runs) {
        StringBuilder lines = new StringBuilder();
        try {
            for (TrialRun run : runs) {
                lines.append(JSON.writeValueAsString(run)).append('\n');
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts and numbers have a JSON form", e);
        }
        return lines.toString();
    }
}
