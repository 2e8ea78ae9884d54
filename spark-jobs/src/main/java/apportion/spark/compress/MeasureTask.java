package apportion.spark.compress;

import apportion.model.compress.ErrorSums;
import apportion.model.compress.HeadErrors;
import apportion.model.compress.Student;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.trained.Forward;
import java.io.Serializable;
import java.util.List;
import java.util.OptionalDouble;

/**
 * A student beside its teacher on some rows.
 *
 * @param heads that changed
 * @param batch rows computed at once
 */
record MeasureTask(ModelConfig teacher, ModelConfig student, List<Heads> heads, ComputeConfig compute, int batch)
        implements Serializable {

    /** The place of {@link Student.Compressed}, whose shares have no serial form. */
    record Heads(int layer, int head, int count, int from, int to) implements Serializable {

        static Heads of(Student.Compressed heads) {
            return new Heads(heads.layer(), heads.head(), heads.count(), heads.from(), heads.to());
        }

        Student.Compressed compressed() {
            return new Student.Compressed(layer, head, count, from, to, OptionalDouble.empty(), OptionalDouble.empty());
        }
    }

    static MeasureTask of(ModelConfig teacher, Student student, ComputeConfig compute, int batch) {
        return new MeasureTask(
                teacher,
                student.model(),
                student.heads().stream().map(Heads::of).toList(),
                compute,
                batch);
    }

    Measured of(float[] teachers, float[] students, List<int[]> rows) {
        List<List<int[]>> batches = Batches.of(rows, batch);
        Student small = new Student(
                student, students, heads.stream().map(Heads::compressed).toList());
        double teacherLoss;
        ErrorSums errors;
        try (Forward forward = new Forward(compute, teacher, teachers);
                HeadErrors observer = new HeadErrors(forward.backend(), teacher, teachers, small)) {
            forward.observe(observer);
            teacherLoss = total(forward, batches);
            errors = observer.sums();
        }
        try (Forward forward = new Forward(compute, student, students)) {
            long tokens = rows.stream().mapToLong(row -> row.length - 1L).sum();
            return new Measured(errors, teacherLoss, total(forward, batches), tokens);
        }
    }

    private static double total(Forward forward, List<List<int[]>> batches) {
        return batches.stream().mapToDouble(forward::totalLoss).sum();
    }
}
