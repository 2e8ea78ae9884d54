/**
 * What an experiment says, and its page.
 *
 * <p>A {@link apportion.spark.study.Study} holds a question, an answer, the {@linkplain apportion.spark.study.Claim
 * claims} of a source beside what was measured here, figures and tables, and the settings that no source gives and that
 * are therefore this project's choice. {@link apportion.spark.study.StudyFiles} makes of it one self-contained HTML
 * page, verdict first, the same numbers as JSON, and a few lines for a terminal.
 *
 * <p>Each kind of experiment computes its study by rules that stand in its code: nothing here knows what was compared.
 * Figures ({@link apportion.spark.study.Chart}) carry their meaning without colour and without a script.
 *
 * <p>Depends on {@code page} for what every page is made of, on {@code statistics} and on Jackson; on no file system.
 */
@NullMarked
package apportion.spark.study;

import org.jspecify.annotations.NullMarked;
