package apportion.spark.study;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.Html;
import apportion.spark.page.Numbers;
import apportion.spark.page.markup.Element;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Curves in small panels, one a group of runs: its own in front, those of all other groups behind in grey.
 *
 * @param id by which the page tells these panels from others
 * @param description of what lines and rings are, for those who cannot see them
 * @param x name of the horizontal axis, which begins at 0
 * @param y how values lie on the vertical axis
 * @param ceiling value above which curves are cut off, unless all of them lie there; infinite for none
 * @param panels in reading order
 */
public record Panels(String id, String description, String x, Scale y, double ceiling, List<Panel> panels) {

    private static final double WIDTH = 220;
    private static final double HEIGHT = 158;
    private static final double LEFT = 38;
    private static final double RIGHT = WIDTH - 8;
    private static final double TOP = 8;
    private static final double BASE = HEIGHT - 37;

    /** More points than pixels would only make the page longer. */
    private static final int MOST_POINTS = 120;

    /**
     * A group of runs.
     *
     * @param label above the panel
     * @param title what it shows, in words
     */
    public record Panel(String label, String title, List<Curve> curves) {

        public Panel {
            curves = List.copyOf(curves);
        }
    }

    /**
     * One run.
     *
     * @param line its course, from left to right
     * @param rings single measurements beside it; may be empty
     */
    public record Curve(List<Place> line, List<Place> rings) {

        public Curve {
            line = List.copyOf(line);
            rings = List.copyOf(rings);
        }

        private Stream<Place> places() {
            return Stream.concat(line.stream(), rings.stream());
        }
    }

    /** A value at a place of the horizontal axis; not shown where it is not finite, or has no place on its axis. */
    public record Place(double x, double y) {}

    /** Both axes. */
    private record Axes(Axis across, Axis up) {}

    public Panels {
        panels = List.copyOf(panels);
    }

    /** All panels as one figure; none if there is no curve. */
    public Optional<Element> figure(String title, String caption) {
        return axes().map(axes -> Html.figure(
                title + ".", caption, Element.of("div").with("class", "panels").addAll(drawn(axes))));
    }

    private Optional<Axes> axes() {
        List<Place> shown = panels.stream()
                .flatMap(panel -> panel.curves().stream())
                .flatMap(Curve::places)
                .filter(this::isShown)
                .toList();
        double last = shown.stream().mapToDouble(Place::x).max().orElse(0);
        if (!(last > 0)) {
            return Optional.empty();
        }
        double lowest = shown.stream().mapToDouble(this::height).min().orElseThrow();
        double highest = shown.stream().mapToDouble(this::height).max().orElseThrow();
        double cut = y.position(ceiling);
        return Optional.of(new Axes(
                new Axis(0, last, LEFT, RIGHT),
                Axis.over(lowest, lowest < cut ? Math.min(cut, highest) : highest, BASE, TOP)));
    }

    private boolean isShown(Place place) {
        return Double.isFinite(height(place));
    }

    private double height(Place place) {
        return y.position(place.y());
    }

    private List<Element> drawn(Axes axes) {
        List<Element> drawings = new ArrayList<>();
        for (int i = 0; i < panels.size(); i++) {
            drawings.add(draw(i, axes));
        }
        return drawings;
    }

    private Element draw(int number, Axes axes) {
        Panel panel = panels.get(number);
        Element svg = Drawing.figure(id + "-" + number, WIDTH, HEIGHT, panel.title(), description);
        drawAxes(svg, axes);
        if (number == 0) {
            svg.add(shared(axes));
        }
        svg.add(Element.of("use").with("href", "#" + id + "-all").with("class", "others"));
        Element own = Element.of("g").with("clip-path", "url(#" + id + "-area)");
        for (Curve curve : panel.curves()) {
            own.add(line("training", curve, axes));
            for (Place ring : thinned(curve.rings())) {
                own.add(Drawing.dot("validation", axes.across.at(ring.x()), axes.up.at(height(ring)), 2.4));
            }
        }
        // Not within the drawing, where a long label could not be wrapped.
        return Element.of("div").add(Element.of("p", panel.label()), svg.add(own));
    }

    /** Drawn once and shown behind every panel. */
    private Element shared(Axes axes) {
        Element all = Element.of("g").with("id", id + "-all").with("clip-path", "url(#" + id + "-area)");
        panels.forEach(panel -> panel.curves().forEach(curve -> all.add(line("other", curve, axes))));
        Element area = Element.of("clipPath")
                .with("id", id + "-area")
                .add(Element.of("rect")
                        .with("x", LEFT)
                        .with("y", TOP)
                        // A ring at the end is shown whole.
                        .with("width", RIGHT - LEFT + 4)
                        .with("height", BASE - TOP));
        return Element.of("defs").add(area, all);
    }

    private void drawAxes(Element svg, Axes axes) {
        for (Scale.Tick tick : y.ticks(axes.up, 4)) {
            double at = axes.up.at(tick.position());
            svg.add(
                    Drawing.line("grid", LEFT, at, RIGHT, at),
                    Drawing.text("tick end", LEFT - 5, at + 4, tick.label()));
        }
        svg.add(Drawing.line("axis", LEFT, BASE, RIGHT, BASE));
        for (double tick : axes.across.ticks(3)) {
            double at = axes.across.at(tick);
            String anchor = at > WIDTH - 30 ? "tick end" : "tick middle";
            svg.add(Drawing.text(anchor, Math.min(at, WIDTH - 4), BASE + 14, Numbers.rounded(tick)));
        }
        svg.add(Drawing.text("axis-name middle", (LEFT + RIGHT) / 2, HEIGHT - 4, x));
    }

    private Element line(String kind, Curve curve, Axes axes) {
        List<Place> shown = thinned(curve.line());
        return Drawing.path(
                kind,
                shown.stream().mapToDouble(place -> axes.across.at(place.x())).toArray(),
                shown.stream().mapToDouble(place -> axes.up.at(height(place))).toArray());
    }

    /** What can be shown, at even distances, the last always among them. */
    private List<Place> thinned(List<Place> places) {
        List<Place> shown = places.stream().filter(this::isShown).toList();
        int every = (shown.size() + MOST_POINTS - 1) / MOST_POINTS;
        List<Place> kept = new ArrayList<>();
        for (int i = shown.size() - 1; i >= 0; i -= every) {
            kept.add(0, shown.get(i));
        }
        return kept;
    }
}
