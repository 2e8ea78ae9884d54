package apportion.spark.compress;

import apportion.model.compress.ErrorSums;
import java.io.Serializable;

/**
 * What some rows say of a student and its teacher.
 *
 * @param errors of the student's heads
 * @param teacherLoss of all predicted tokens together, in nats
 * @param studentLoss likewise
 * @param tokens that were predicted
 */
record Measured(ErrorSums errors, double teacherLoss, double studentLoss, long tokens) implements Serializable {

    /** Both; the errors of this one are changed and taken over. */
    Measured plus(Measured other) {
        errors.add(other.errors);
        return new Measured(
                errors, teacherLoss + other.teacherLoss, studentLoss + other.studentLoss, tokens + other.tokens);
    }
}
