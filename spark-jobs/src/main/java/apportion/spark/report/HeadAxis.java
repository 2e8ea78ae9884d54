package apportion.spark.report;

import apportion.spark.page.Axis;
import apportion.spark.page.Drawing;
import apportion.spark.page.markup.Element;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The axis of heads that loss and bound share: logarithmic, with the heads of each layout and their dimension.
 *
 * @param axis of the binary logarithm
 * @param labels heads to head dimension; where layouts share a number of heads, the first of them speaks
 */
record HeadAxis(Axis axis, Map<Integer, String> labels) {

    private static final double NEAREST_LABELS = 34;

    /**
     * The axis of some layouts.
     *
     * @param layouts at least one, fewest heads first
     */
    static HeadAxis of(List<LayoutFinding> layouts, double start, double end) {
        double fewest = log2(layouts.get(0).layout().heads());
        double most = log2(layouts.get(layouts.size() - 1).layout().heads());
        Map<Integer, String> labels = new TreeMap<>();
        for (LayoutFinding layout : layouts) {
            boolean equal = layout.layout().hasEqualHeads();
            labels.putIfAbsent(
                    layout.layout().heads(),
                    equal ? LayoutNames.headDims(layout.layout().attention()) : "mixed");
        }
        return new HeadAxis(new Axis(fewest - 0.45, most + 0.45, start, end), labels);
    }

    double at(int heads) {
        return axis.at(log2(heads));
    }

    /** Whether a number of heads lies within the axis. */
    boolean holds(int heads) {
        return log2(heads) >= axis.low() && log2(heads) <= axis.high();
    }

    void draw(Element svg, double base) {
        svg.add(Drawing.line("axis", axis.start(), base, axis.end(), base));
        double lastLabel = Double.NEGATIVE_INFINITY;
        for (Map.Entry<Integer, String> entry : labels.entrySet()) {
            double x = at(entry.getKey());
            svg.add(Drawing.line("axis", x, base, x, base + 5));
            if (x - lastLabel >= NEAREST_LABELS) {
                lastLabel = x;
                svg.add(
                        Drawing.text("tick middle strong", x, base + 19, Integer.toString(entry.getKey())),
                        Drawing.text("tick middle", x, base + 36, entry.getValue()));
            }
        }
        svg.add(Drawing.text(
                "axis-name middle", (axis.start() + axis.end()) / 2, base + 58, "heads (bold) of dimension (below)"));
    }

    private static double log2(int value) {
        return Math.log(value) / Math.log(2);
    }
}
