package apportion.spark.cli;

/**
 * What a command shows at its end.
 *
 * @param text for people; one or several lines
 * @param json for programs: a record or a map that becomes one JSON object
 */
record Outcome(String text, Object json) {}
