package apportion.spark.experiment.variants;

import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Variants;
import apportion.spark.failure.Diverged;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import apportion.spark.sweep.SideBySide;
import apportion.spark.train.TrainJob;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
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
        String dataset = trials.get(0).plan().dataset().manifest().identity();
        try (Claim claim = storage.claim(output, "experiment", Program.sha256("experiment " + dataset))) {
            LOG.debug("claim={}", claim);
            List<TrialRun> runs = runs(context, storage, config, trials, progress);
            List<Comparison> comparisons = Comparison.all(config, runs);
            String tables = ReportTables.of(config, comparisons);
            storage.writeAtomically(Storage.child(output, "runs.jsonl"), TrialRun.lines(runs));
            storage.writeAtomically(Storage.child(output, "report.md"), tables);
            Finished finished = Finished.write(storage, output, VariantsStudy.of(config, comparisons, origin));
            return new Result(finished, tables, runs);
        }
    }

    private static List<TrialRun> runs(
            JavaSparkContext context, Storage storage, Variants config, List<Trial> trials, Progress progress) {
        AtomicReferenceArray<TrialRun> runs = new AtomicReferenceArray<>(trials.size());
        try (Progress.Task task = progress.begin("trials", trials.size())) {
            List<Runnable> all = IntStream.range(0, trials.size())
                    .<Runnable>mapToObj(i -> () -> {
                        TrialRun run = run(context, storage, trials.get(i), config.output());
                        runs.set(i, run);
                        synchronized (task) {
                            task.step(1, run.arm() + ", " + run.condition() + ", seed " + run.seed());
                        }
                    })
                    .toList();
            SideBySide.run(all, context.defaultParallelism() / config.slotsPerTrial());
        }
        return IntStream.range(0, trials.size())
                .mapToObj(i -> Objects.requireNonNull(runs.get(i)))
                .toList();
    }

    private static TrialRun run(JavaSparkContext context, Storage storage, Trial trial, String output) {
        try {
            return TrialRun.done(trial, TrainJob.run(context, storage, trial.within(output), Progress.SILENT));
        } catch (Diverged e) {
            return TrialRun.diverged(trial, String.valueOf(e.getMessage()));
        }
    }
}
