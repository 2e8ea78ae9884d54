package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.ExperimentConfig;
import apportion.spark.experiment.ExperimentJob;
import apportion.spark.experiment.Trial;
import apportion.spark.experiment.Variant;
import apportion.spark.failure.UserError;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import picocli.CommandLine.Command;

@Command(
        name = "experiment",
        description = "Train several ways with the same seeds under several conditions, and compare them.",
        footer = {"", "Trials that ended are not run again when the same command is given again."})
final class ExperimentCommand extends JobCommand {

    @Override
    Outcome run(Job job) {
        long began = System.nanoTime();
        job.settings().require("train.dataset");
        ExperimentConfig config =
                job.settings().bind("experiment", ExperimentConfig.class).get();
        Map<Cell, TrainSections> cells = cells(job, config);
        Dataset dataset = Dataset.open(job.storage(), job.settings().text("train.dataset"));
        List<Trial> trials = new ArrayList<>();
        cells.forEach((cell, sections) ->
                trials.add(new Trial(cell.arm.name(), cell.condition.name(), cell.seed, sections.plan(dataset, ""))));
        refuseEqual(trials);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        ExperimentJob.Result result = ExperimentJob.run(context, job.storage(), config, trials, job.progress());
        return outcome(result, (System.nanoTime() - began) * 1e-9);
    }

    private record Cell(long seed, Variant condition, Variant arm) {}

    /** Every trial's settings, checked; all arms and conditions with the first seed come first. */
    private static Map<Cell, TrainSections> cells(Job job, ExperimentConfig config) {
        Map<Cell, TrainSections> cells = new LinkedHashMap<>();
        for (long seed : config.seeds()) {
            for (Variant condition : config.conditions()) {
                for (Variant arm : config.arms()) {
                    List<String> overrides = new ArrayList<>(condition.set());
                    overrides.addAll(arm.set());
                    overrides.add("train.seed=" + seed);
                    cells.put(
                            new Cell(seed, condition, arm),
                            TrainSections.bind(job.settings().with(overrides)).computedOn(job.sparkConf()));
                }
            }
        }
        return cells;
    }

    private static void refuseEqual(List<Trial> trials) {
        Map<String, Trial> known = new HashMap<>();
        for (Trial trial : trials) {
            Trial other = known.put(trial.plan().identity(), trial);
            if (other != null) {
                throw new UserError(
                        "experiment: " + trial.arm() + " under " + trial.condition() + " is the same run as "
                                + other.arm() + " under " + other.condition() + "; leave one of them out");
            }
        }
    }

    private static Outcome outcome(ExperimentJob.Result result, double seconds) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("report", result.report());
        json.put("trials", result.runs().size());
        json.put(
                "diverged",
                result.runs().stream().filter(run -> run.loss() == null).count());
        json.put("seconds", seconds);
        return new Outcome(result.text() + System.lineSeparator() + "report: " + result.report(), json);
    }
}
