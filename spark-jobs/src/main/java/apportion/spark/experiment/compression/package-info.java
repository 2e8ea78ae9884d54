/**
 * Trained heads replaced by smaller ones, after section 4 of arXiv 2510.03784: a teacher for each seed is trained here,
 * each of its students is made by each method ({@link apportion.model.compress}), measured, trained on, and measured
 * again.
 *
 * <p>Words: a <em>teacher</em> is a trained model; a <em>student</em> is the same model with some heads smaller; its
 * <em>method</em> is where their matrices come from. The <em>control</em> is the teacher trained on for as many steps,
 * in the same order of sequences, as its students, so that what training longer does is in no comparison. A student's
 * loss before training on is set against its teacher's, after it against the control's.
 *
 * <p>The directory holds {@code teachers/} and {@code trials/} (training runs like any other), {@code students/} (what
 * {@code compress} makes, a run each) and {@code students.jsonl} (how far their heads are off, a line each); beside the
 * checkpoints of each model {@code validation.json} has its losses, document by document.
 */
@NullMarked
package apportion.spark.experiment.compression;

import org.jspecify.annotations.NullMarked;
