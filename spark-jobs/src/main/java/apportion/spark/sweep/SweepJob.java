package apportion.spark.sweep;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.report.Layout;
import apportion.spark.report.Outcome;
import apportion.spark.report.RateSearch;
import apportion.spark.report.ReportFiles;
import apportion.spark.report.TrialResult;
import apportion.spark.storage.Claim;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import apportion.spark.sweep.SweepPlan.Trial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
     * @param trials that ended, well or badly
     * @param best layout with the lowest mean loss over its seeds; empty if no trial ended well
     * @param text table for a terminal
     */
    public record Result(String ledger, String report, int trials, Optional<Best> best, String text) {}

    /** The layout with the lowest mean loss. */
    public record Best(Layout layout, double loss) {}

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
     * @throws Failure if not a single trial ended well
     */
    public static Result run(JavaSparkContext context, Storage storage, SweepPlan plan, Progress progress) {
        SweepJob job = new SweepJob(context, storage, plan);
        try (Claim claim = storage.claim(plan.output(), "sweep", plan.identity())) {
            LOG.debug("claim={}", claim);
            return job.run(progress);
        }
    }

    private Result run(Progress progress) {
        SweepFiles files = new SweepFiles(storage, plan.output());
        files.writeSummary(Summaries.of(plan));
        LineLog ledger = files.ledger();
        run("learning rates", plan.tuning(), files, ledger, progress);
        run("sweep", plan.compared(RateSearch.of(SweepFiles.results(ledger))), files, ledger, progress);
        return result(files, ledger);
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
        Result result = reported(files, SweepFiles.results(ledger));
        if (result.best().isEmpty()) {
            throw new Failure("no trial ended well; " + result.report() + " says why");
        }
        return result;
    }

    private static Result reported(SweepFiles files, List<TrialResult> results) {
        ReportFiles report = files.report(results);
        // A trial that failed and was run again has two lines.
        long trials = results.stream().map(TrialResult::id).distinct().count();
        return new Result(files.ledgerPath(), files.write(report, results), (int) trials, best(results), report.text());
    }

    private static Optional<Best> best(List<TrialResult> results) {
        Map<Layout, List<Double>> losses = new LinkedHashMap<>();
        for (TrialResult result : RateSearch.compared(results)) {
            if (result.outcome() instanceof Outcome.Done done) {
                losses.computeIfAbsent(result.layout(), layout -> new ArrayList<>())
                        .add(done.validation().loss());
            }
        }
        return losses.entrySet().stream()
                .map(entry -> new Best(
                        entry.getKey(),
                        entry.getValue().stream()
                                .mapToDouble(Double::doubleValue)
                                .average()
                                .orElseThrow()))
                .min(Comparator.comparingDouble(Best::loss));
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
