package apportion.spark.report;

import java.util.Optional;

/**
 * What a report consists of.
 *
 * @param html the page, complete in itself
 * @param json the same numbers
 * @param text the table for a terminal
 * @param best layout that all of them name; empty if no trial ended well
 */
public record ReportFiles(String html, String json, String text, Optional<Best> best) {

    /** The layout with the lowest mean loss over its seeds, estimated as if every layout had seen every seed. */
    public record Best(Layout layout, double loss) {}
}
