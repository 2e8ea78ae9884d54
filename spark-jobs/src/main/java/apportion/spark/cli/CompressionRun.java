package apportion.spark.cli;

import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.Compression;
import apportion.spark.experiment.compression.CompressionJob;
import apportion.spark.train.TrainJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;

/** Plans the training runs of an experiment with smaller heads, and runs it. */
final class CompressionRun {

    private CompressionRun() {}

    static Outcome run(Job job, Compression experiment, String command) {
        job.settings().require("train.dataset");
        SortedMap<Long, TrainSections> teachers = sections(job, experiment, List.of());
        SortedMap<Long, TrainSections> further = sections(job, experiment, experiment.fineTuning());
        Dataset dataset = Dataset.open(job.storage(), job.settings().text("train.dataset"));
        CompressionJob.Plans plans =
                new CompressionJob.Plans(plans(job, teachers, dataset), plans(job, further, dataset));
        plans.teachers().values().forEach(TrainJob::refuseMisfit);
        plans.further().values().forEach(TrainJob::refuseMisfit);
        Warnings.ofWarmup(
                Stream.of(plans.teachers(), plans.further())
                        .flatMap(runs -> runs.values().stream())
                        .map(TrainJob.Plan::train)
                        .toList(),
                dataset.manifest().sequence());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        return ExperimentCommand.outcome(CompressionJob.run(
                context,
                job.storage(),
                experiment,
                plans,
                ExperimentCommand.origin(
                        job,
                        command,
                        Map.of("dataset", dataset.manifest().identity()),
                        "experiment",
                        "model",
                        "train",
                        "compute"),
                job.progress()));
    }

    /** Checked before Spark starts. */
    private static SortedMap<Long, TrainSections> sections(Job job, Compression experiment, List<String> settings) {
        SortedMap<Long, TrainSections> sections = new TreeMap<>();
        for (long seed : experiment.seeds()) {
            List<String> overrides = new ArrayList<>(settings);
            overrides.add("train.seed=" + seed);
            Settings own = job.settings().with(overrides);
            sections.put(seed, TrainSections.bind(own).computedOn(job.sparkConf()));
        }
        return sections;
    }

    private static SortedMap<Long, TrainJob.Plan> plans(
            Job job, SortedMap<Long, TrainSections> sections, Dataset dataset) {
        SortedMap<Long, TrainJob.Plan> plans = new TreeMap<>();
        sections.forEach((seed, each) -> plans.put(seed, each.plan(job.storage(), dataset, "")));
        return plans;
    }
}
