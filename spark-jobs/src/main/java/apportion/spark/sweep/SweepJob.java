package apportion.spark.sweep;

import apportion.spark.failure.Diverged;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.report.Outcome;
import apportion.spark.report.RateSearch;
import apportion.spark.report.ReportFiles;
import apportion.spark.report.TrialResult;
import apportion.spark.report.TrialResult.Purpose;
import apportion.spark.storage.Claim;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.OwnedByAnother;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.SweepPlan.Trial;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the trials of a sweep that have not ended yet, then writes the report on all of them. */
public final class SweepJob {

    private static final Logger LOG = LoggerFactory.getLogger(SweepJob.class);

    /**
     * A finished sweep.
     *
     * @param ledger file with a line for each trial
     * @param report page
     * @param trials that the configuration asks for and that ended, well or badly
     * @param others trials that the ledger has besides
     * @param best layout with the lowest mean loss over its seeds, as the page has it; empty if no trial ended well
     * @param text table for a terminal
     */
    public record Result(
            String ledger, String report, int trials, int others, Optional<ReportFiles.Best> best, String text) {}

    private final JavaSparkContext context;
    private final Storage storage;
    private final SweepPlan plan;

    private SweepJob(JavaSparkContext context, Storage storage, SweepPlan plan) {
        this.context = context;
        this.storage = storage;
        this.plan = plan;
    }

    /**
     * Runs a sweep to its end.
     *
     * @throws UserError if the directory belongs to a sweep with other settings or data
     * @throws Diverged if all trials diverged
     * @throws Failure if not a single trial ended well
     */
    public static Result run(JavaSparkContext context, Storage storage, SweepPlan plan, Progress progress) {
        SweepJob job = new SweepJob(context, storage, plan);
        try (Claim claim = storage.claim(plan.output(), "sweep", plan.identity())) {
            LOG.debug("claim={}", claim);
            return job.run(progress);
        } catch (OwnedByAnother e) {
            throw SweepOrigin.explained(e, plan, new SweepFiles(storage, plan.output()));
        }
    }

    private Result run(Progress progress) {
        SweepFiles files = new SweepFiles(storage, plan.output());
        files.writeSummary(Summaries.of(plan));
        LineLog ledger = files.ledger();
        SweepOrigin origin = SweepOrigin.of(plan);
        Set<String> tuning = ids(plan.tuning());
        files.writeOrigin(origin.asking(tuning));
        run("learning rates", plan.tuning(), files, ledger, progress);
        List<TrialResult> tuned = SweepFiles.results(ledger).stream()
                .filter(trial -> tuning.contains(trial.id()))
                .toList();
        List<Trial> compared = plan.compared(RateSearch.of(tuned));
        Set<String> asked = new LinkedHashSet<>(tuning);
        asked.addAll(ids(compared));
        files.writeOrigin(origin.asking(asked));
        run("sweep", compared, files, ledger, progress);
        return result(files, ledger);
    }

    private static Set<String> ids(List<Trial> trials) {
        return trials.stream().map(Trial::id).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    /** Runs those trials that have not ended yet. */
    private void run(String name, List<Trial> trials, SweepFiles files, LineLog ledger, Progress progress) {
        Set<String> ended = SweepFiles.results(ledger).stream()
                .filter(result -> !(result.outcome() instanceof Outcome.Failed))
                .filter(files::isWhole)
                .map(TrialResult::id)
                .collect(Collectors.toSet());
        List<Trial> open =
                trials.stream().filter(trial -> !ended.contains(trial.id())).toList();
        if (open.isEmpty()) {
            return;
        }
        long rounds = plan.train().rounds(plan.dataset().manifest().sequence()).rounds();
        try (Progress.Task task = progress.begin(name, open.size() * rounds)) {
            TrialRunner runner = new TrialRunner(context, storage, files, ledger, task);
            List<Runnable> runs = open.stream()
                    .<Runnable>map(trial -> () -> runner.run(trial))
                    .toList();
            SideBySide.run(context, runs, plan.sweep().slotsPerTrial());
        }
    }

    private Result result(SweepFiles files, LineLog ledger) {
        ledger.merge();
        List<TrialResult> results = SweepFiles.results(ledger);
        Result result = reported(files, results);
        if (result.best().isPresent()) {
            return result;
        }
        boolean diverged = files.asked(results).stream()
                .filter(trial -> trial.setting().purpose() == Purpose.COMPARISON)
                .allMatch(trial -> trial.outcome() instanceof Outcome.Diverged);
        String why = "no trial ended well; " + result.report() + " says why";
        throw diverged
                ? new Diverged(
                        0, 0, why + ". All diverged: lower train.optimizer.learning-rate or sweep.learning-rates")
                : new Failure(why);
    }

    private static Result reported(SweepFiles files, List<TrialResult> results) {
        List<TrialResult> asked = files.asked(results);
        int others = distinct(results) - distinct(asked);
        ReportFiles report = files.report(asked, others);
        return new Result(
                files.ledgerPath(),
                files.write(report, results),
                distinct(asked),
                others,
                report.best(),
                report.text());
    }

    /** A trial that failed and was run again has two lines. */
    private static int distinct(List<TrialResult> results) {
        return (int) results.stream().map(TrialResult::id).distinct().count();
    }

    /** Writes the report on a sweep that ran before; {@link Result} as the sweep itself gave it. */
    public static Result report(Storage storage, String directory) {
        SweepFiles files = new SweepFiles(storage, directory);
        List<TrialResult> results = SweepFiles.results(files.ledger());
        if (results.isEmpty()) {
            throw new UserError(directory + " holds no finished trial; run the sweep first, or name its directory");
        }
        return reported(files, results);
    }
}
