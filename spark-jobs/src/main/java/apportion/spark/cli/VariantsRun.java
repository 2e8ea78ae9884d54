package apportion.spark.cli;

import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Trial;
import apportion.spark.experiment.variants.VariantsJob;
import apportion.spark.failure.UserError;
import apportion.spark.study.Origin;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;

/** Plans the trials of an experiment with variants, and runs it. */
final class VariantsRun {

    private VariantsRun() {}

    private record Cell(long seed, Variant condition, Variant arm) {}

    static Outcome run(Job job, Variants config, String command) {
        job.settings().require("train.dataset");
        Map<Cell, TrainSections> cells = cells(job, config);
        Dataset dataset = Dataset.open(job.storage(), job.settings().text("train.dataset"));
        List<Trial> trials = new ArrayList<>();
        cells.forEach((cell, sections) ->
                trials.add(new Trial(cell.arm.name(), cell.condition.name(), cell.seed, sections.plan(dataset, ""))));
        refuseEqual(trials);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        Origin origin = ExperimentCommand.origin(
                job,
                command,
                Map.of("dataset", dataset.manifest().identity()),
                "experiment",
                "model",
                "train",
                "compute");
        VariantsJob.Result result = VariantsJob.run(context, job.storage(), config, trials, origin, job.progress());
        return outcome(result);
    }

    /** Every trial's settings, checked; all arms and conditions with the first seed come first. */
    private static Map<Cell, TrainSections> cells(Job job, Variants config) {
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

    private static Outcome outcome(VariantsJob.Result result) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("report", result.finished().report());
        json.put("trials", result.runs().size());
        json.put(
                "diverged",
                result.runs().stream().filter(run -> run.loss() == null).count());
        return new Outcome(
                result.tables() + System.lineSeparator() + "report: "
                        + result.finished().report(),
                json);
    }
}
