/**
 * The failures that a user reads: one line that says where, what it was, what it must be and what to do.
 *
 * <p>Every job package may throw them; the command line prints the message alone and ends with
 * {@link apportion.spark.failure.Failure#exitCode()}. Anything else that reaches the command line is a defect and exit
 * code 1. Depends on the JDK alone.
 */
@NullMarked
package apportion.spark.failure;

import org.jspecify.annotations.NullMarked;
