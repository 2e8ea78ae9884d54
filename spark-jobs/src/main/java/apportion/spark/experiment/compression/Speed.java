package apportion.spark.experiment.compression;

import apportion.model.config.ModelConfig;
import apportion.model.transformer.ParameterLayout;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.statistics.Estimate;
import apportion.spark.trained.Forward;
import java.util.List;

/**
 * Forward passes of a student beside its teacher's, in turn in one process.
 *
 * @param teacher tokens a second, the median
 * @param student likewise
 * @param ratio of the student's speed to the teacher's, turn by turn: the median
 */
record Speed(double teacher, double student, Estimate ratio) {

    private static final int WARM_UP = 3;

    /**
     * Measures. Weights do not matter for how long a pass takes, so both have drawn ones.
     *
     * @param rows computed at once
     */
    static Speed of(ComputeConfig compute, ModelConfig teacher, ModelConfig student, List<int[]> rows, int turns) {
        double tokens = rows.stream().mapToLong(row -> row.length - 1L).sum();
        double[] teachers = new double[turns];
        double[] students = new double[turns];
        double[] ratios = new double[turns];
        try (Forward large = drawn(compute, teacher);
                Forward small = drawn(compute, student)) {
            for (int turn = -WARM_UP; turn < turns; turn++) {
                double before = seconds(large, rows);
                double after = seconds(small, rows);
                if (turn >= 0) {
                    teachers[turn] = tokens / before;
                    students[turn] = tokens / after;
                    ratios[turn] = before / after;
                }
            }
        }
        return new Speed(
                Estimate.ofMedian(teachers).value(), Estimate.ofMedian(students).value(), Estimate.ofMedian(ratios));
    }

    private static Forward drawn(ComputeConfig compute, ModelConfig model) {
        return new Forward(compute, model, ParameterLayout.of(model).initialize(1));
    }

    private static double seconds(Forward model, List<int[]> rows) {
        long began = System.nanoTime();
        model.totalLoss(rows);
        return (System.nanoTime() - began) * 1e-9;
    }
}
