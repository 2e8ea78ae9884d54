/**
 * Mutation fuzzing: every reader of a file is fed {@value apportion.spark.fuzz.Fuzz#INPUTS} damaged files of its
 * format, the same ones in every run.
 *
 * <p>A reader gives a value, or refuses with its package's own exception and a message that names the file. It never
 * fails otherwise, never takes longer than a second of processor time, and never allocates far more than the file has
 * bytes.
 */
@NullMarked
package apportion.spark.fuzz;

import org.jspecify.annotations.NullMarked;
