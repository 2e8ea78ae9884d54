package apportion.spark.sweep;

import apportion.model.config.AttentionConfig;
import apportion.model.config.ModelConfig;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.conf.ModelSettings;
import apportion.spark.dataset.Dataset;
import apportion.spark.storage.Storage;
import apportion.spark.train.RunSettings;
import apportion.spark.train.TrainConfig;
import apportion.spark.train.TrainJob;
import java.util.ArrayList;
import java.util.List;

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

    /** One layout with one seed. */
    record Trial(AttentionConfig layout, long seed, TrainJob.Plan plan) {

        private static final int ID_LENGTH = 16;

        String id() {
            return plan.identity().substring(0, ID_LENGTH);
        }
    }

    String output() {
        return sweep.output().orElseThrow();
    }

    /** Every trial; all layouts with the first seed come first, so that a sweep cut short compares all of them. */
    List<Trial> trials() {
        List<Trial> trials = new ArrayList<>();
        for (long seed : sweep.seeds()) {
            for (AttentionConfig layout : sweep.attention()) {
                trials.add(trial(layout, seed));
            }
        }
        return trials;
    }

    private Trial trial(AttentionConfig layout, long seed) {
        ModelConfig sized = model.toModel(dataset.manifest().tokenizer().vocabularySize(), layout);
        RunSettings run = RunSettings.of(settings, sized, seed);
        TrainJob.Plan unplaced =
                new TrainJob.Plan(layout + " seed " + seed, sized, train.withSeed(seed), compute, dataset, run, "");
        String id = unplaced.identity().substring(0, Trial.ID_LENGTH);
        return new Trial(layout, seed, unplaced.at(Storage.child(Storage.child(output(), "trials"), id)));
    }

    /** What all trials share: hash of the plan of an arbitrary fixed layout and seed. */
    String identity() {
        return trial(AttentionConfig.uniform(1, 2), 0).plan().identity();
    }
}
