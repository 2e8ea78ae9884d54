/**
 * What an experiment can be: {@code experiment.type} chooses one of the cases of
 * {@link apportion.spark.experiment.Experiment}, each of which is run by a package of its own beside this one.
 *
 * <p>An experiment's directory holds {@code report.html}, {@code report.json} and what its trials left. An experiment
 * that was stopped goes on, and one that ended is only read.
 */
@NullMarked
package apportion.spark.experiment;

import org.jspecify.annotations.NullMarked;
