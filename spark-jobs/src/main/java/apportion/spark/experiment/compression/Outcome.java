package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.evaluate.Measurement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What became of one student of one teacher, each measured on the documents of the validation split.
 *
 * @param seed of the teacher
 * @param student its name
 * @param method where its matrices come from
 * @param teacher the teacher
 * @param control the teacher trained on; null if that diverged
 * @param made the student as it was made
 * @param tuned the student trained on; null if it was not, or diverged
 * @param madeHeads errors of its heads as it was made
 * @param tunedHeads the same, trained on; null if it was not, or diverged
 */
record Outcome(
        long seed,
        String student,
        Method method,
        Measurement teacher,
        @Nullable Measurement control,
        Measurement made,
        @Nullable Measurement tuned,
        HeadShares madeHeads,
        @Nullable HeadShares tunedHeads) {

    /** How much more the student loses than its teacher. */
    Excess before() {
        return Excess.of(made, teacher);
    }

    /** How much more it loses than the control, both trained on; null where one is missing. */
    @Nullable
    Excess after() {
        return tuned == null || control == null ? null : Excess.of(tuned, control);
    }

    /** For programs; losses in nats per token. */
    Map<String, Object> numbers() {
        Map<String, Object> numbers = new LinkedHashMap<>();
        numbers.put("seed", seed);
        numbers.put("student", student);
        numbers.put("method", method);
        numbers.put("teacher", teacher.loss());
        if (control != null) {
            numbers.put("control", control.loss());
        }
        numbers.put("made", made.loss());
        if (tuned != null) {
            numbers.put("tuned", tuned.loss());
        }
        numbers.put("scoreError", madeHeads.scores());
        numbers.put("outputError", madeHeads.outputs());
        if (tunedHeads != null) {
            numbers.put("tunedScoreError", tunedHeads.scores());
            numbers.put("tunedOutputError", tunedHeads.outputs());
        }
        return numbers;
    }
}
