package apportion.spark.study;

/**
 * A statement that can be measured, and what the measurement says of it.
 *
 * @param source where it comes from, such as {@code arXiv 2510.03784, figure}
 * @param claimed the statement
 * @param measured what was found here, with numbers
 * @param agreement by the rule that {@code because} names
 * @param because the rule
 */
public record Claim(String source, String claimed, String measured, Agreement agreement, String because) {}
