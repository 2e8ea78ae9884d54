package apportion.spark.report;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.report.LearningCurve.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Learning curves, one small panel a layout: its runs in front, those of all others behind in grey.
 *
 * <p>What lies above the unigram loss is cut off: there a model has learnt less than how often each token occurs.
 */
final class CurveCharts {

    private static final double WIDTH = 220;
    private static final double HEIGHT = 174;
    private static final double LEFT = 30;
    private static final double TOP = 24;
    private static final double BOTTOM = 37;

    /** More points than pixels would only make the page longer. */
    private static final int MOST_POINTS = 120;

    private final List<LayoutFinding> layouts;
    private final Axis tokens;
    private final Axis loss;

    private CurveCharts(List<LayoutFinding> layouts, Axis tokens, Axis loss) {
        this.layouts = layouts;
        this.tokens = tokens;
        this.loss = loss;
    }

    /** The panels, fewest heads first; none if no trial recorded a curve. */
    static List<Element> draw(Findings findings) {
        List<Point> points = findings.layouts().stream()
                .flatMap(layout -> layout.trials().stream())
                .flatMap(trial -> Stream.concat(
                        trial.result().curve().training().stream(), trial.result().curve().validation().stream()))
                .filter(point -> Double.isFinite(point.loss()))
                .toList();
        double last = points.stream().mapToDouble(Point::tokens).max().orElse(0);
        if (!(last > 0)) {
            return List.of();
        }
        double lowest = points.stream().mapToDouble(Point::loss).min().orElseThrow();
        double highest = points.stream().mapToDouble(Point::loss).max().orElseThrow();
        double unigram = findings.summary().corpus().unigramLoss();
        double top = lowest < unigram ? Math.min(unigram, highest) : highest;
        CurveCharts charts = new CurveCharts(
                findings.layouts(), new Axis(0, last, LEFT, WIDTH - 8), Axis.over(lowest, top, HEIGHT - BOTTOM, TOP));
        List<Element> panels = new ArrayList<>();
        for (int i = 0; i < charts.layouts.size(); i++) {
            panels.add(charts.panel(i));
        }
        return panels;
    }

    private Element panel(int number) {
        LayoutFinding layout = layouts.get(number);
        String id = "curve-" + number;
        Element svg = Drawing.figure(
                id,
                WIDTH,
                HEIGHT,
                "Learning curve of " + LayoutNames.words(layout.layout()),
                "Training loss as a line, validation loss as rings, against tokens seen.");
        drawAxes(svg);
        if (number == 0) {
            svg.add(shared());
        }
        svg.add(Element.of("use").with("href", "#all-curves").with("class", "others"));
        Element own = Element.of("g").with("clip-path", "url(#curve-area)");
        for (TrialFinding trial : layout.trials()) {
            own.add(line("training", trial.result().curve().training()));
            for (Point point : thinned(trial.result().curve().validation())) {
                own.add(Drawing.dot("validation", tokens.at((double) point.tokens()), loss.at(point.loss()), 2.4));
            }
        }
        boolean best = layout.standing() == LayoutFinding.Standing.BEST;
        return svg.add(own)
                .add(Drawing.text(
                        "label strong", LEFT, 13, LayoutNames.label(layout.layout()) + (best ? "  \u25c6 best" : "")));
    }

    /** Drawn once and shown behind every panel. */
    private Element shared() {
        Element all = Element.of("g").with("id", "all-curves").with("clip-path", "url(#curve-area)");
        for (LayoutFinding layout : layouts) {
            layout.trials()
                    .forEach(trial ->
                            all.add(line("other", trial.result().curve().training())));
        }
        Element area = Element.of("clipPath")
                .with("id", "curve-area")
                .add(Element.of("rect")
                        .with("x", LEFT)
                        .with("y", TOP)
                        .with("width", WIDTH - 8 - LEFT)
                        .with("height", HEIGHT - BOTTOM - TOP));
        return Element.of("defs").add(area, all);
    }

    private void drawAxes(Element svg) {
        List<Double> losses = loss.ticks(4);
        for (double tick : losses) {
            svg.add(
                    Drawing.line("grid", LEFT, loss.at(tick), WIDTH - 8, loss.at(tick)),
                    Drawing.text("tick end", LEFT - 5, loss.at(tick) + 4, Numbers.fixed(tick, Axis.decimals(losses))));
        }
        svg.add(Drawing.line("axis", LEFT, HEIGHT - BOTTOM, WIDTH - 8, HEIGHT - BOTTOM));
        for (double tick : tokens.ticks(3)) {
            double x = tokens.at(tick);
            String anchor = x > WIDTH - 30 ? "tick end" : "tick middle";
            svg.add(Drawing.text(anchor, Math.min(x, WIDTH - 4), HEIGHT - BOTTOM + 14, Numbers.rounded(tick)));
        }
        svg.add(Drawing.text("axis-name middle", (LEFT + WIDTH - 8) / 2, HEIGHT - 4, "tokens seen"));
    }

    private Element line(String kind, List<Point> points) {
        List<Point> shown = thinned(points);
        return Drawing.path(
                kind,
                shown.stream()
                        .mapToDouble(point -> tokens.at((double) point.tokens()))
                        .toArray(),
                shown.stream().mapToDouble(point -> loss.at(point.loss())).toArray());
    }

    /** Finite points at even distances, the last always among them. */
    private static List<Point> thinned(List<Point> points) {
        List<Point> finite =
                points.stream().filter(point -> Double.isFinite(point.loss())).toList();
        int every = (finite.size() + MOST_POINTS - 1) / MOST_POINTS;
        List<Point> kept = new ArrayList<>();
        for (int i = finite.size() - 1; i >= 0; i -= every) {
            kept.add(0, finite.get(i));
        }
        return kept;
    }
}
