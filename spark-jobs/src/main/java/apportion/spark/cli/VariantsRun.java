package apportion.spark.cli;

import apportion.model.count.CostFit;
import apportion.model.count.ModelCount;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.experiment.variants.Trial;
import apportion.spark.experiment.variants.TrialRun;
import apportion.spark.experiment.variants.VariantsJob;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.UserError;
import apportion.spark.study.Origin;
import apportion.spark.train.TrainJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.apache.spark.api.java.JavaSparkContext;

/** Plans the trials of an experiment with variants, and runs it. */
final class VariantsRun {

    private VariantsRun() {}

    /**
     * One run.
     *
     * @param learningRate the optimizer's if empty
     */
    private record Cell(long seed, Variant condition, Variant arm, OptionalDouble learningRate) {}

    static Outcome run(Job job, Variants config, String command) {
        job.settings().require("train.dataset");
        sections(job, config, cells(config, config.seeds(), Map.of()), OptionalInt.empty());
        Dataset dataset = Dataset.open(job.storage(), job.settings().text("train.dataset"));
        List<Trial> planned = trials(job, config, cells(config, config.seeds(), Map.of()), dataset);
        planned.forEach(trial -> TrainJob.refuseMisfit(trial.plan()));
        Warnings.ofWarmup(
                planned.stream().map(trial -> trial.plan().train()).toList(),
                dataset.manifest().sequence());
        refuseEqual(config.equalParameters(), planned);
        JavaSparkContext context = JavaSparkContext.fromSparkContext(job.spark().sparkContext());
        List<Trial> tuning = trials(job, config, tuningCells(config), dataset);
        List<TrialRun> tuned =
                tuning.isEmpty() ? List.of() : VariantsJob.tune(context, job.storage(), config, tuning, job.progress());
        List<Trial> trials = trials(job, config, cells(config, config.seeds(), best(tuned)), dataset);
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

    private static List<Trial> trials(Job job, Variants config, List<Cell> cells, Dataset dataset) {
        int vocabulary = dataset.manifest().tokenizer().vocabularySize();
        List<Trial> trials = new ArrayList<>();
        sections(job, config, cells, OptionalInt.of(vocabulary))
                .forEach((cell, sections) -> trials.add(new Trial(
                        cell.arm.name(), cell.condition.name(), cell.seed, sections.plan(job.storage(), dataset, ""))));
        return trials;
    }

    /** By condition and arm, the learning rate of the lowest loss; the lowest rate if all diverged. */
    private static Map<List<String>, Double> best(List<TrialRun> tuned) {
        Map<List<String>, Double> best = new HashMap<>();
        Map<List<String>, Double> losses = new HashMap<>();
        tuned.stream()
                .sorted(Comparator.comparingDouble(TrialRun::learningRate))
                .forEach(run -> {
                    List<String> cell = List.of(run.condition(), run.arm());
                    double loss = run.loss() == null ? Double.POSITIVE_INFINITY : run.loss();
                    if (!losses.containsKey(cell) || loss < losses.getOrDefault(cell, loss)) {
                        losses.put(cell, loss);
                        best.put(cell, run.learningRate());
                    }
                });
        return best;
    }

    /** All arms and conditions with the first seed come first. */
    private static List<Cell> cells(Variants config, List<Long> seeds, Map<List<String>, Double> rates) {
        List<Cell> cells = new ArrayList<>();
        for (long seed : seeds) {
            for (Variant condition : config.conditions()) {
                for (Variant arm : config.arms()) {
                    Double rate = rates.get(List.of(condition.name(), arm.name()));
                    cells.add(new Cell(
                            seed, condition, arm, rate == null ? OptionalDouble.empty() : OptionalDouble.of(rate)));
                }
            }
        }
        return cells;
    }

    private static List<Cell> tuningCells(Variants config) {
        List<Cell> cells = new ArrayList<>();
        for (double rate : config.tuning().learningRates()) {
            cells(config, List.of(config.tuning().seed()), Map.of())
                    .forEach(cell -> cells.add(new Cell(cell.seed, cell.condition, cell.arm, OptionalDouble.of(rate))));
        }
        return cells;
    }

    /**
     * Every trial's settings, checked.
     *
     * @param vocabulary empty before the dataset is read: then feed-forward widths stay as they are
     */
    private static Map<Cell, TrainSections> sections(
            Job job, Variants config, List<Cell> cells, OptionalInt vocabulary) {
        Map<Cell, TrainSections> sections = new LinkedHashMap<>();
        for (Cell cell : cells) {
            List<String> overrides = overrides(cell);
            if (vocabulary.isPresent() && config.equalParameters().contains(cell.condition.name())) {
                overrides.add("model.feed-forward.width=" + equalWidth(job, config, cell, vocabulary.getAsInt()));
            }
            sections.put(
                    cell, TrainSections.bind(job.settings().with(overrides)).computedOn(job.sparkConf()));
        }
        return sections;
    }

    private static List<String> overrides(Cell cell) {
        List<String> overrides = new ArrayList<>(cell.condition.set());
        overrides.addAll(cell.arm.set());
        overrides.add("train.seed=" + cell.seed);
        cell.learningRate.ifPresent(rate -> overrides.add("train.optimizer.learning-rate=" + rate));
        return overrides;
    }

    /** The feed-forward width with which an arm has as many parameters as the baseline, as nearly as there is one. */
    private static int equalWidth(Job job, Variants config, Cell cell, int vocabulary) {
        Variant baseline = config.arms().stream()
                .filter(arm -> arm.name().equals(config.comparedWith()))
                .findFirst()
                .orElseThrow();
        Cell compared = new Cell(cell.seed, cell.condition, baseline, cell.learningRate);
        ModelSettings target = model(job, compared);
        ModelSettings own = model(job, cell);
        try {
            return CostFit.nearest(
                    width -> parameters(own.withFeedForward((int) width), vocabulary), parameters(target, vocabulary));
        } catch (IllegalArgumentException e) {
            throw new UserError(
                    "experiment: " + cell.arm.name() + " under " + cell.condition.name() + " " + e.getMessage()
                            + " parameters; leave the arm out, or widen the baseline's feed-forward",
                    e);
        }
    }

    private static ModelSettings model(Job job, Cell cell) {
        return TrainSections.bind(job.settings().with(overrides(cell))).model();
    }

    private static long parameters(ModelSettings model, int vocabulary) {
        return ModelCount.of(model.toModel(vocabulary)).parameters();
    }

    /** Two names for one run are a mistake, unless equal parameters leave an arm as it is. */
    private static void refuseEqual(List<String> equal, List<Trial> trials) {
        Map<String, Trial> known = new HashMap<>();
        for (Trial trial : trials) {
            Trial other = known.put(trial.plan().identity(), trial);
            boolean leftAsItIs = other != null
                    && other.arm().equals(trial.arm())
                    && (equal.contains(other.condition()) || equal.contains(trial.condition()));
            if (other != null && !leftAsItIs) {
                throw new UserError(
                        "experiment: " + trial.arm() + " under " + trial.condition() + " is the same run as "
                                + other.arm() + " under " + other.condition() + "; leave one of them out");
            }
        }
    }

    private static Outcome outcome(VariantsJob.Result result) {
        if (result.runs().stream().allMatch(run -> run.loss() == null)) {
            throw new Diverged(
                    0,
                    0,
                    "every trial diverged; runs.jsonl beside "
                            + result.finished().report()
                            + " says where; lower train.optimizer.learning-rate or experiment.tuning.learning-rates");
        }
        Map<String, Object> json = ExperimentCommand.json(result.finished());
        json.put("trials", result.runs().size());
        json.put(
                "diverged",
                result.runs().stream().filter(run -> run.loss() == null).count());
        return new Outcome(result.tables() + System.lineSeparator() + ExperimentCommand.text(result.finished()), json);
    }
}
