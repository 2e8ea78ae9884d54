package apportion.spark.sweep;

import apportion.model.config.AttentionConfig;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.provenance.Program;
import apportion.spark.report.RateSearch;
import apportion.spark.report.TrialResult.Purpose;
import apportion.spark.report.TrialResult.Setting;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A whole sweep, before it runs.
 *
 * @param settings canonical JSON of the sections {@code model}, {@code train} and {@code compute}
 * @param command that started it, for the report
 */
public record SweepPlan(
        SweepConfig sweep,
        ModelSettings model,
        TrainConfig train,
        ComputeConfig compute,
        Dataset dataset,
        String settings,
        String command) {

    /** One layout with one seed and learning rate. */
    record Trial(Setting setting, TrainJob.Plan plan) {

        private static final int ID_LENGTH = 16;

        String id() {
            return plan.identity().substring(0, ID_LENGTH);
        }
    }

    String output() {
        return sweep.output().orElseThrow();
    }

    /** The trials that choose each layout's learning rate; none if all layouts share one. */
    List<Trial> tuning() {
        List<Trial> trials = new ArrayList<>();
        for (double rate : sweep.learningRates()) {
            for (AttentionConfig layout : sweep.attention()) {
                trials.add(trial(new Setting(layout, sweep.tuningSeed(), rate, Purpose.TUNING)));
            }
        }
        return trials;
    }

    /**
     * The trials that are compared; all layouts with the first seed come first, so that a sweep cut short compares all
     * of them.
     *
     * @param rates what tuning found; a layout without an entry takes the rate of the section {@code train}
     */
    List<Trial> compared(Map<AttentionConfig, RateSearch> rates) {
        List<Trial> trials = new ArrayList<>();
        for (long seed : sweep.seeds()) {
            for (AttentionConfig layout : sweep.attention()) {
                RateSearch tried = rates.get(layout);
                double rate = tried == null ? train.optimizer().learningRate() : tried.chosen();
                trials.add(trial(new Setting(layout, seed, rate, Purpose.COMPARISON)));
            }
        }
        return trials;
    }

    private Trial trial(Setting setting) {
        ModelConfig sized = model.toModel(dataset.manifest().tokenizer().vocabularySize(), setting.layout());
        TrainConfig training = train.with(setting.seed(), setting.learningRate());
        String name = setting.layout() + " seed " + setting.seed()
                + (setting.purpose() == Purpose.TUNING ? " learning rate " + setting.learningRate() : "");
        RunSettings run = RunSettings.of(settings, sized, setting.seed(), setting.learningRate())
                .computedBy(compute);
        TrainJob.Plan unplaced = new TrainJob.Plan(name, sized, training, compute, dataset, run, "");
        String id = new Trial(setting, unplaced).id();
        return new Trial(setting, unplaced.at(Storage.child(output(), "trials/" + id)));
    }

    /**
     * Hash of what all trials share: the budget, how learning rates are chosen, and the plan of an arbitrary fixed
     * layout and seed.
     */
    String identity() {
        AttentionConfig layout = AttentionConfig.uniform(1, 2);
        double rate = train.optimizer().learningRate();
        TrainJob.Plan any =
                trial(new Setting(layout, 0, rate, Purpose.COMPARISON)).plan();
        String tuned = sweep.learningRates().isEmpty() ? "" : " tuned with seed " + sweep.tuningSeed();
        return Program.sha256("budget " + sweep.budget() + tuned + " " + any.identity());
    }
}
