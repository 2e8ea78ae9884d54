package apportion.spark.cli;

import apportion.model.config.HeadGroup;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.compute.ComputeSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.conf.Settings;
import apportion.spark.dataset.Dataset;
import apportion.spark.report.ReportFiles;
import apportion.spark.sweep.SweepConfig;
import apportion.spark.sweep.SweepJob;
import apportion.spark.sweep.SweepPlan;
import apportion.spark.train.TrainConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.spark.api.java.JavaSparkContext;

/** The sections that a sweep reads, checked together. */
record SweepSections(ModelSettings model, TrainConfig train, ComputeConfig compute, SweepConfig sweep) {

    static SweepSections bind(Settings settings) {
        Supplier<ModelSettings> model = settings.bind("model", ModelSettings.class);
        Supplier<TrainConfig> train = settings.bind("train", TrainConfig.class);
        Supplier<ComputeConfig> compute = ComputeSettings.bind(settings);
        Supplier<SweepConfig> sweep = settings.bind("sweep", SweepConfig.class);
        settings.check(
                "sweep",
                () -> sweep.get().layouts(model.get(), model.get().vocabulary().orElse(2)));
        settings.check(
                "train",
                () -> model.get()
                        .toModel(
                                model.get().vocabulary().orElse(2),
                                sweep.get().attention().get(0))
                        .checkRecompute(train.get().recompute()));
        settings.check("train", () -> {
            if (train.get().from().isPresent()) {
                throw new IllegalArgumentException("from must be null in a sweep, whose layouts are models of different"
                        + " sizes, each with initial weights of its own, got "
                        + train.get().from().get());
            }
        });
        settings.throwIfWrong();
        return new SweepSections(model.get(), train.get(), compute.get(), sweep.get());
    }

    Outcome run(Job job, Dataset dataset, String command) {
        long began = System.nanoTime();
        int vocabulary = dataset.manifest().tokenizer().vocabularySize();
        job.settings().check("model", () -> sweep.layouts(model, vocabulary));
        job.settings().throwIfWrong();
        SweepPlan plan = new SweepPlan(
                sweep,
                model,
                train,
                compute.resolved(job.sparkConf()),
                dataset,
                job.settings().canonicalJson("model", "train", "compute"),
                command);
        Warnings.ofWarmup(train, dataset.manifest().sequence());
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        SweepJob.Result result = SweepJob.run(context, job.storage(), plan, job.progress());
        return outcome(result, (System.nanoTime() - began) * 1e-9);
    }

    static Outcome outcome(SweepJob.Result result, double seconds) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("report", result.report());
        json.put("ledger", result.ledger());
        json.put("trials", result.trials());
        json.put("otherTrials", result.others());
        result.best().ifPresent(best -> json.put("best", best(best)));
        json.put("seconds", seconds);
        return new Outcome(result.text() + System.lineSeparator() + "report: " + result.report(), json);
    }

    private static Map<String, Object> best(ReportFiles.Best best) {
        List<HeadGroup> groups = best.layout().attention().groups();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("heads", best.layout().heads());
        json.put("headDim", groups.get(0).headDim());
        json.put("loss", best.loss());
        return json;
    }
}
