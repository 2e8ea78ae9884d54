package apportion.spark.report;

import apportion.spark.page.markup.Element;
import apportion.spark.study.Panels;
import apportion.spark.study.Scale;
import java.util.Optional;

/** Learning curves, one small panel a layout, fewest heads first. */
final class CurveCharts {

    private CurveCharts() {}

    /**
     * The panels; none if no trial recorded a curve.
     *
     * <p>What lies above the unigram loss is cut off: there a model has learnt less than how often each token occurs.
     */
    static Optional<Element> draw(Findings findings) {
        Panels panels = new Panels(
                "curves",
                "Training loss as a line, validation loss as rings, against tokens seen.",
                "tokens seen",
                Scale.LINEAR,
                findings.summary().corpus().unigramLoss(),
                findings.layouts().stream().map(CurveCharts::panel).toList());
        return panels.figure(
                "Learning curves",
                "Loss in nats per token. Lines: training loss, one a seed; rings: validation loss; grey: the runs of all"
                        + " other layouts.");
    }

    private static Panels.Panel panel(LayoutFinding layout) {
        boolean best = layout.standing() == LayoutFinding.Standing.BEST;
        return new Panels.Panel(
                LayoutNames.label(layout.layout()) + (best ? "  \u25c6 best" : ""),
                "Learning curve of " + LayoutNames.words(layout.layout()),
                layout.trials().stream()
                        .map(trial -> trial.result().curve().drawn())
                        .toList());
    }
}
