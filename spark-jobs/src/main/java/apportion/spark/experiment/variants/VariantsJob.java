package apportion.spark.experiment.variants;

import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Measures;
import apportion.spark.experiment.Variants;
import apportion.spark.failure.Diverged;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import apportion.spark.sweep.SideBySide;
import apportion.spark.train.TrainJob;
import apportion.spark.train.TrainResult;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the trials of an experiment that have not ended yet, then writes what they say. */
public final class VariantsJob {

    private static final Logger LOG = LoggerFactory.getLogger(VariantsJob.class);

    /**
     * A finished experiment.
     *
     * @param tables in Markdown, also in {@code report.md}
     * @param runs of all trials, in the order of the plan
     */
    public record Result(Finished finished, String tables, List<TrialRun> runs) {

        public Result {
            runs = List.copyOf(runs);
        }
    }

    private VariantsJob() {}

    /**
     * Runs an experiment to its end.
     *
     * @param trials all of one dataset; the first ones run first
     */
    public static Result run(
            JavaSparkContext context,
            Storage storage,
            Variants config,
            List<Trial> trials,
            Origin origin,
            Progress progress) {
        String output = config.output();
        try (Claim claim = claim(storage, config, trials)) {
            LOG.debug("claim={}", claim);
            List<TrialRun> runs = runs(context, storage, config, trials, progress);
            List<Comparison> comparisons = Comparison.all(config, runs);
            String tables = ReportTables.of(config, comparisons);
            storage.writeAtomically(Storage.child(output, "runs.jsonl"), TrialRun.lines(runs));
            storage.writeAtomically(Storage.child(output, "report.md"), tables);
            Finished finished = Finished.write(storage, output, VariantsStudy.of(config, comparisons, runs, origin));
            return new Result(finished, tables, runs);
        }
    }

    private static List<TrialRun> runs(
            JavaSparkContext context, Storage storage, Variants config, List<Trial> trials, Progress progress) {
        // An arm that two conditions leave as it is, is one run.
        Map<String, Trial> once = new LinkedHashMap<>();
        trials.forEach(trial -> once.putIfAbsent(trial.id(), trial));
        Map<String, TrialRun> runs = new ConcurrentHashMap<>();
        try (Progress.Task task = progress.begin("trials", once.size())) {
            List<Runnable> all = once.values().stream()
                    .<Runnable>map(trial -> () -> {
                        TrialRun run = run(context, storage, config, trial);
                        runs.put(trial.id(), run);
                        synchronized (task) {
                            task.step(1, run.arm() + ", " + run.condition() + ", seed " + run.seed());
                        }
                    })
                    .toList();
            SideBySide.run(context, all, config.slotsPerTrial());
        }
        return trials.stream()
                .map(trial -> Objects.requireNonNull(runs.get(trial.id())).under(trial.arm(), trial.condition()))
                .toList();
    }

    private static TrialRun run(JavaSparkContext context, Storage storage, Variants config, Trial trial) {
        TrainJob.Plan plan = trial.within(config.output());
        try {
            TrainResult result = TrainJob.run(context, storage, plan, Progress.SILENT);
            return TrialRun.done(
                    trial, result, Measured.of(context, storage, config.measures(), plan, result.parameters()));
        } catch (Diverged e) {
            return TrialRun.diverged(trial, String.valueOf(e.getMessage()));
        }
    }

    /**
     * Runs the trials that try learning rates, of which nothing is reported but the choice.
     *
     * @return their runs, in the order of the trials
     */
    public static List<TrialRun> tune(
            JavaSparkContext context, Storage storage, Variants config, List<Trial> trials, Progress progress) {
        Variants plain = config.measuring(new Measures(false, false, false));
        try (Claim claim = claim(storage, config, trials)) {
            LOG.debug("claim={}", claim);
            return runs(context, storage, plain, trials, progress);
        }
    }

    private static Claim claim(Storage storage, Variants config, List<Trial> trials) {
        String dataset = trials.get(0).plan().dataset().manifest().identity();
        return storage.claim(config.output(), "experiment", Program.sha256("experiment " + dataset));
    }
}
