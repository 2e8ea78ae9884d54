/**
 * The command line: each command reads its sections, calls its job and shows what came of it.
 *
 * <p>The only package that prints, exits, or starts Spark. Exit codes: 0 done; 2 the user's mistake; 3 the run
 * diverged; 1 anything else. With {@code --json} the last line on stdout is one JSON object, of the result or of the
 * error, and nothing else is on stdout.
 *
 * <p>A command is a subclass of {@link apportion.spark.cli.JobCommand} and a line in {@link apportion.spark.cli.Cli}.
 */
@NullMarked
package apportion.spark.cli;

import org.jspecify.annotations.NullMarked;
