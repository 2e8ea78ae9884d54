package apportion.spark.sweep;

import apportion.model.config.AttentionConfig;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import apportion.spark.provenance.Program;
import apportion.spark.report.Layout;
import apportion.spark.report.RateSearch;
import apportion.spark.report.TrialResult.Purpose;
import apportion.spark.report.TrialResult.Setting;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

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

    Layouts layouts() {
        return new Layouts(sweep, model, dataset.manifest().tokenizer().vocabularySize());
    }

    /** The trials that choose each layout's learning rate; none if all layouts share one. */
    List<Trial> tuning() {
        List<Layout> layouts = layouts().all();
        List<Trial> trials = new ArrayList<>();
        for (double rate : sweep.learningRates()) {
            for (Layout layout : layouts) {
                trials.add(trial(new Setting(layout, sweep.tuningSeed(), rate, Purpose.TUNING)));
            }
        }
        return trials;
    }

    /**
     * The trials that are compared; all layouts with the first seed come first, so that a sweep cut short compares all
     * of them.
     *
     * @param rates what tuning found; not asked where all layouts take the rate of the section {@code train}
     */
    List<Trial> compared(Map<Layout, RateSearch> rates) {
        List<Layout> layouts = layouts().all();
        List<Trial> trials = new ArrayList<>();
        for (long seed : sweep.seeds()) {
            for (Layout layout : layouts) {
                trials.add(trial(new Setting(layout, seed, rate(layout, rates), Purpose.COMPARISON)));
            }
        }
        return trials;
    }

    private double rate(Layout layout, Map<Layout, RateSearch> rates) {
        if (sweep.learningRates().isEmpty()) {
            return train.optimizer().learningRate();
        }
        RateSearch tried = rates.get(layout);
        if (tried == null) {
            throw new UserError("the ledger of " + output() + " has learning rates for the runs of " + layout
                    + ", but under another name; give the schedule its old name, or name another output directory");
        }
        return tried.chosen();
    }

    private Trial trial(Setting setting) {
        ModelConfig sized = layouts().model(setting.layout());
        TrainConfig training = train.with(setting.seed(), setting.learningRate());
        String name = setting.layout() + " seed " + setting.seed()
                + (setting.purpose() == Purpose.TUNING ? " learning rate " + setting.learningRate() : "");
        RunSettings run = RunSettings.of(settings, sized, setting.seed(), setting.learningRate())
                .computedBy(compute);
        TrainJob.Plan unplaced = new TrainJob.Plan(name, sized, training, compute, dataset, run, Optional.empty(), "");
        String id = new Trial(setting, unplaced).id();
        return new Trial(setting, unplaced.at(Storage.child(output(), "trials/" + id)));
    }

    /**
     * Hash of what all trials share: the budget, what costs alike, how learning rates are chosen, and the plan of an
     * arbitrary fixed layout and seed.
     */
    String identity() {
        TrainJob.Plan any = any().plan();
        String tuned = sweep.learningRates().isEmpty() ? "" : " tuned with seed " + sweep.tuningSeed();
        String equal = sweep.equal() == Equal.ATTENTION_WIDTH ? "" : " equal " + sweep.equal();
        // A layout has one name in a ledger: scored as configured, or in a way that it names, which may be the same.
        String scored = sweep.axes().scores() ? " scored" : "";
        return Program.sha256("budget " + sweep.budget() + equal + scored + tuned + " " + any.identity());
    }

    /** A trial of an arbitrary fixed layout and seed: what it is given all trials share. */
    Trial any() {
        Layout layout =
                Layout.of(AttentionConfig.uniform(1, 2), model.feedForward().width());
        double rate = train.optimizer().learningRate();
        return trial(new Setting(layout, 0, rate, Purpose.COMPARISON));
    }

    /** The keys of the section {@code sweep} in which {@link #identity} can differ, with their values. */
    Map<String, String> shared() {
        return Map.of(
                "sweep.budget",
                String.valueOf(sweep.budget()),
                "sweep.equal",
                sweep.equal().name().toLowerCase(Locale.ROOT).replace('_', '-'),
                "sweep.axes.scoring",
                sweep.axes().scores() ? "named ways" : "configured",
                "sweep.learning-rates",
                sweep.learningRates().isEmpty()
                        ? "none, all layouts share one"
                        : "tried with sweep.tuning-seed = " + sweep.tuningSeed());
    }
}
