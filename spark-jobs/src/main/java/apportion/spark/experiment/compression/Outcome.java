package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * What became of one student of one teacher; losses on the validation split, in nats per token.
 *
 * @param seed of the teacher
 * @param student its name
 * @param method where its matrices come from
 * @param teacher loss of the teacher
 * @param control loss of the teacher trained on; null if that diverged
 * @param made loss of the student as it was made
 * @param tuned loss of the student trained on; null if it was not, or diverged
 * @param scoreError of its heads' scores as it was made, as a share of their teacher's; mean over heads that changed
 * @param outputError of what they add to the residual stream, likewise
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
record Outcome(
        long seed,
        String student,
        Method method,
        double teacher,
        @Nullable Double control,
        double made,
        @Nullable Double tuned,
        double scoreError,
        double outputError) {

    /** How much more the student loses than its teacher. */
    double before() {
        return made - teacher;
    }

    /** How much more it loses than the control, both trained on; null where one is missing. */
    @Nullable
    Double after() {
        return tuned == null || control == null ? null : (Double) (tuned - control);
    }
}
