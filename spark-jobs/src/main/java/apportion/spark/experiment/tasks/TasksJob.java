package apportion.spark.experiment.tasks;

import apportion.spark.compute.ComputeConfig;
import apportion.spark.experiment.Finished;
import apportion.spark.experiment.Tasks;
import apportion.spark.failure.Diverged;
import apportion.spark.progress.Progress;
import apportion.spark.provenance.Program;
import apportion.spark.storage.Claim;
import apportion.spark.storage.LineLog;
import apportion.spark.storage.Storage;
import apportion.spark.study.Origin;
import apportion.spark.sweep.SideBySide;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the trials of an experiment that have not ended yet, then writes what they say. */
public final class TasksJob {

    private static final Logger LOG = LoggerFactory.getLogger(TasksJob.class);

    private final JavaSparkContext context;
    private final Tasks experiment;
    private final ComputeConfig compute;
    private final LineLog ledger;
    private final Map<String, TaskRun> ended = new LinkedHashMap<>();

    private TasksJob(JavaSparkContext context, Tasks experiment, ComputeConfig compute, LineLog ledger) {
        this.context = context;
        this.experiment = experiment;
        this.compute = compute;
        this.ledger = ledger;
        ledger.lines().stream().map(TaskRun::parse).forEach(run -> ended.put(run.id(), run));
    }

    /**
     * Runs an experiment to its end.
     *
     * @throws Diverged if every trial did; the page is written
     */
    public static Finished run(
            JavaSparkContext context,
            Storage storage,
            Tasks experiment,
            ComputeConfig compute,
            Origin origin,
            Progress progress) {
        String output = experiment.output();
        try (Claim claim = storage.claim(output, "experiment", Program.sha256("tasks"))) {
            LOG.debug("claim={}", claim);
            LineLog ledger = storage.lineLog(Storage.child(output, "trials.jsonl"));
            TasksJob job = new TasksJob(context, experiment, compute, ledger);
            Measurements measured = job.measure(progress);
            ledger.merge();
            Finished finished = Finished.write(storage, output, TasksStudy.of(experiment, measured, origin));
            if (job.ended.values().stream().allMatch(run -> run.error() == null)) {
                throw new Diverged(
                        0,
                        0,
                        "every trial diverged; see " + finished.report()
                                + "; lower experiment.training.learning-rates");
            }
            return finished;
        }
    }

    private Measurements measure(Progress progress) {
        List<Cell> cells = TaskTrial.cells(experiment);
        List<Double> rates = experiment.training().learningRates();
        Map<Cell, Double> chosen = new LinkedHashMap<>();
        Map<Cell, List<TaskRun>> tuned = new LinkedHashMap<>();
        if (rates.size() > 1) {
            List<TaskTrial> tuning = new ArrayList<>();
            for (double rate : rates) {
                cells.forEach(cell ->
                        tuning.add(trial(cell, rate, experiment.training().tuningSeed())));
            }
            run(tuning, "learning rates", progress);
            for (Cell cell : cells) {
                List<TaskRun> tried = rates.stream()
                        .map(rate -> of(trial(cell, rate, experiment.training().tuningSeed())))
                        .toList();
                tuned.put(cell, tried);
                chosen.put(cell, best(tried));
            }
        } else {
            cells.forEach(cell -> chosen.put(cell, rates.get(0)));
        }
        List<TaskTrial> trials = new ArrayList<>();
        for (long seed : experiment.seeds()) {
            chosen.forEach((cell, rate) -> trials.add(trial(cell, rate, seed)));
        }
        run(trials, "trials", progress);
        Map<Cell, List<TaskRun>> runs = new LinkedHashMap<>();
        trials.forEach(trial ->
                runs.computeIfAbsent(trial.cell(), cell -> new ArrayList<>()).add(of(trial)));
        return new Measurements(runs, tuned);
    }

    private TaskTrial trial(Cell cell, double rate, long seed) {
        return TaskTrial.of(experiment, cell, rate, seed, compute);
    }

    private TaskRun of(TaskTrial trial) {
        return Objects.requireNonNull(ended.get(trial.id()));
    }

    /** The rate of the least error; the least rate if all diverged. */
    private static double best(List<TaskRun> tried) {
        return tried.stream()
                .min(Comparator.comparingDouble(TasksJob::orWorst).thenComparingDouble(TaskRun::learningRate))
                .orElseThrow()
                .learningRate();
    }

    private static double orWorst(TaskRun run) {
        Double error = run.error();
        return error == null ? Double.POSITIVE_INFINITY : error;
    }

    private void run(List<TaskTrial> trials, String name, Progress progress) {
        List<TaskTrial> left =
                trials.stream().filter(trial -> !ended.containsKey(trial.id())).toList();
        try (Progress.Task task = progress.begin(name, trials.size())) {
            task.step(trials.size() - left.size(), "");
            List<Runnable> all = left.stream()
                    .<Runnable>map(trial -> () -> {
                        TaskRun run = context.parallelize(List.of(trial), 1)
                                .map(TaskTraining::run)
                                .first();
                        synchronized (this) {
                            ledger.append(run.line());
                            ended.put(run.id(), run);
                            task.step(1, run.heads() + " heads, NMSE " + run.error());
                        }
                    })
                    .toList();
            SideBySide.run(context, all, 1);
        }
    }
}
