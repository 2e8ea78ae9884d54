package apportion.spark.experiment.variants;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.report.LearningCurve;
import apportion.spark.sweep.RoundsCurve;
import apportion.spark.train.TrainEstimate;
import apportion.spark.train.TrainResult;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One line of an experiment's {@code runs.jsonl}: a trial that ended, well or badly.
 *
 * @param id hash of everything that could change the result
 * @param learningRate at the schedule's peak
 * @param parameters of the model
 * @param steps of each replica
 * @param rounds after each of which replicas were averaged
 * @param tokens predicted by all replicas
 * @param bytes that the run sends if each replica is on an executor of its own
 * @param seconds of training, without validation and checkpoints
 * @param syncShare share of those seconds in which an average replica neither computed nor waited for data
 * @param loss on the validation split after the last round, in nats per token; null if the run diverged, as the line
 *     then has no such field
 * @param int8Loss the same with rounded weights; null if it was not measured
 * @param drift of the tokens' vectors; null if it was not measured
 * @param documents the loss document by document, which have a file of their own; empty if they were not measured
 * @param curve losses on its way, which its own {@code metrics.jsonl} holds; none if the run diverged
 * @param message of a run that diverged; null if it did not
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TrialRun(
        String id,
        String arm,
        String condition,
        long seed,
        double learningRate,
        long parameters,
        long steps,
        long rounds,
        long tokens,
        long bytes,
        double seconds,
        double syncShare,
        @Nullable Double loss,
        @Nullable Double int8Loss,
        @Nullable MeanDrift drift,
        @JsonIgnore List<DocumentLoss> documents,
        @JsonIgnore LearningCurve curve,
        @Nullable String message) {

    public TrialRun {
        documents = List.copyOf(documents);
    }

    private static final ObjectMapper JSON = new ObjectMapper();

    static TrialRun done(Trial trial, TrainResult result, Measured measured) {
        return of(trial, Optional.of(result), measured, null);
    }

    static TrialRun diverged(Trial trial, String message) {
        return of(trial, Optional.empty(), Measured.NOTHING, message);
    }

    private static TrialRun of(Trial trial, Optional<TrainResult> result, Measured measured, @Nullable String message) {
        TrainEstimate estimate = TrainEstimate.of(
                trial.plan().model(),
                trial.plan().train(),
                trial.plan().dataset().manifest().sequence());
        return new TrialRun(
                trial.id(),
                trial.arm(),
                trial.condition(),
                trial.seed(),
                trial.plan().train().optimizer().learningRate(),
                estimate.model().parameters(),
                estimate.steps(),
                estimate.rounds(),
                result.map(run -> run.last().tokens()).orElse(0L),
                estimate.bytes(),
                result.map(TrainResult::seconds).orElse(0.0),
                result.map(TrainResult::syncShare).orElse(0.0),
                result.map(run -> run.last().validationLoss()).orElse(null),
                measured.int8Loss(),
                measured.drift(),
                measured.documents(),
                result.map(run -> RoundsCurve.of(run.rounds())).orElse(LearningCurve.none()),
                message);
    }

    /** The same run, as an arm of a condition that it also is. */
    TrialRun under(String otherArm, String otherCondition) {
        return new TrialRun(
                id,
                otherArm,
                otherCondition,
                seed,
                learningRate,
                parameters,
                steps,
                rounds,
                tokens,
                bytes,
                seconds,
                syncShare,
                loss,
                int8Loss,
                drift,
                documents,
                curve,
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
