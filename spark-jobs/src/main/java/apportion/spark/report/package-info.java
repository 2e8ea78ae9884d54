/**
 * The report of a sweep: what its trials show about the layouts of an attention budget, and how sure that is.
 *
 * <pre>
 * ledger.jsonl --TrialResult--\
 * documents.json --------------+--> Findings (numbers) --> Verdict (words) --> report.html, report.json, a terminal table
 * sweep.json --SweepSummary---/
 * </pre>
 *
 * <p>Every number is worked out once, in {@code Findings}; page, JSON and table only write them down. What pages are
 * made of: {@link apportion.spark.page}. Statistics: {@link apportion.spark.statistics}.
 *
 * <p>Losses are in nats per predicted token unless a name says otherwise. Depends on Jackson for the files, on
 * {@code model.config} for the layouts, on {@code evaluate} for a document's loss, and on no file system.
 */
@NullMarked
package apportion.spark.report;

import org.jspecify.annotations.NullMarked;
