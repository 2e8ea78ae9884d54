package apportion.spark.compress;

import apportion.data.pack.Split;
import apportion.model.compress.LayerMoments;
import apportion.model.compress.Student;
import apportion.spark.compute.ClusterSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.trained.TrainedModel;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * A dataset that a student is made for and measured on, read by tasks. Which rows a task has follows from the dataset
 * and the limit alone, and tasks are added up in their order: results have the same bits on every cluster.
 */
final class DataPass {

    private final JavaSparkContext context;
    private final TrainedModel teacher;
    private final Dataset dataset;
    private final CompressConfig config;

    DataPass(JavaSparkContext context, TrainedModel teacher, Dataset dataset, CompressConfig config) {
        ClusterSettings.refuseUnusable(context.getConf());
        this.context = context;
        this.teacher = teacher;
        this.dataset = dataset;
        this.config = config;
    }

    private JavaRDD<RowSample> rows(Split split) {
        List<RowSample> samples =
                RowSample.forTasks(dataset, split, config.sequences().orElse(Long.MAX_VALUE));
        if (samples.isEmpty()) {
            throw new UserError(dataset.path() + " has no " + split.label() + " sequences; --data must name a dataset"
                    + " with some in both splits");
        }
        return context.parallelize(samples, samples.size());
    }

    /** What the teacher's heads see of the training split, layer after layer. */
    List<LayerMoments> moments() {
        MomentsTask task = new MomentsTask(teacher.model(), teacher.compute(), config.batch());
        JavaRDD<RowSample> rows = rows(Split.TRAIN);
        Broadcast<float[]> weights = context.broadcast(teacher.parameters());
        Dataset read = dataset;
        try {
            return MomentSums.of(
                    rows.map(sample -> task.of(weights.value(), sample.read(read))),
                    teacher.model().layers());
        } catch (Exception e) {
            // Scala's methods throw SparkException without declaring it.
            throw Failure.within(e);
        } finally {
            weights.destroy();
        }
    }

    /** What the validation split says of a student. */
    Measured measure(Student student) {
        MeasureTask task = MeasureTask.of(teacher.model(), student, teacher.compute(), config.batch());
        JavaRDD<RowSample> rows = rows(Split.VALIDATION);
        Broadcast<float[]> teachers = context.broadcast(teacher.parameters());
        Broadcast<float[]> students = context.broadcast(student.weights());
        Dataset read = dataset;
        try {
            return rows.map(sample -> task.of(teachers.value(), students.value(), sample.read(read))).collect().stream()
                    .reduce(Measured::plus)
                    .orElseThrow();
        } catch (Exception e) {
            throw Failure.within(e);
        } finally {
            teachers.destroy();
            students.destroy();
        }
    }
}
