package apportion.spark.sweep;

import apportion.spark.report.LearningCurve;
import apportion.spark.train.RoundRecord;
import java.util.ArrayList;
import java.util.List;

/** The learning curve of a run. */
public final class RoundsCurve {

    private RoundsCurve() {}

    /** A point for each round, and one for each that was validated. */
    public static LearningCurve of(List<RoundRecord> rounds) {
        List<LearningCurve.Point> training = new ArrayList<>();
        List<LearningCurve.Point> validation = new ArrayList<>();
        for (RoundRecord round : rounds) {
            training.add(new LearningCurve.Point(round.step(), round.tokens(), round.loss()));
            Double measured = round.validationLoss();
            if (measured != null) {
                validation.add(new LearningCurve.Point(round.step(), round.tokens(), measured));
            }
        }
        return new LearningCurve(training, validation);
    }
}
