package apportion.spark.experiment.variants;

import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LearningCurve;
import apportion.spark.study.Panels;
import apportion.spark.study.Scale;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The learning curves of an experiment's runs: under each condition one small panel an arm. */
final class LearningCurves {

    private LearningCurves() {}

    /** A run and its curve, as {@code report.json} has it. */
    record Row(String condition, String arm, long seed, LearningCurve curve) {}

    static List<Row> numbers(List<TrialRun> runs) {
        return runs.stream()
                .map(run -> new Row(run.condition(), run.arm(), run.seed(), run.curve()))
                .toList();
    }

    /** The panels of a condition; none if all runs diverged. */
    static Optional<Element> figure(Variants config, String condition, List<TrialRun> runs) {
        List<Panels.Panel> panels = new ArrayList<>();
        for (Variant arm : config.arms()) {
            panels.add(new Panels.Panel(
                    arm.name(),
                    "Learning curves of " + arm.name() + " under " + condition,
                    runs.stream()
                            .filter(run -> run.condition().equals(condition)
                                    && run.arm().equals(arm.name()))
                            .map(run -> run.curve().drawn())
                            .toList()));
        }
        int number = config.conditions().stream().map(Variant::name).toList().indexOf(condition);
        return new Panels(
                        "curves-" + number,
                        "Training loss as a line, validation loss as rings, against tokens seen.",
                        "tokens seen",
                        Scale.LINEAR,
                        Double.POSITIVE_INFINITY,
                        panels)
                .figure(
                        "Learning curves under " + condition,
                        "Loss in nats per token. Lines: training loss, one a seed; rings: validation loss; grey: the"
                                + " runs of all other arms.");
    }
}
