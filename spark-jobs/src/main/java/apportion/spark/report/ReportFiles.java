package apportion.spark.report;

/**
 * What a report consists of.
 *
 * @param html the page, complete in itself
 * @param json the same numbers
 * @param text the table for a terminal
 */
public record ReportFiles(String html, String json, String text) {}
