package apportion.spark.experiment.variants;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.experiment.Variant;
import apportion.spark.experiment.Variants;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Estimate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The arms of one condition, each set against the baseline by itself.
 *
 * <p>Arms are not equally noisy: one that hardly learns may vary tens of times as much from seed to seed as another. So
 * an arm's intervals come from its own runs, and a difference's from the runs of its two arms: with all seeds present,
 * Student's t of the differences seed by seed.
 *
 * @param findings of the arms, in their order
 */
record Comparison(String condition, List<Finding> findings) {

    /**
     * What the runs of one arm say.
     *
     * @param runs with all seeds, also those that diverged
     * @param loss mean over seeds; empty if no run ended well
     * @param toBaseline loss less the baseline's; empty for the baseline itself and where one has no loss
     * @param pValue of that difference, by itself; unknown with one seed
     * @param detectable true difference that would be told from 0 with a chance of {@link BlockDesign#POWER}; unknown
     *     with one seed
     */
    record Finding(
            String arm,
            List<TrialRun> runs,
            Optional<Estimate> loss,
            Optional<Estimate> toBaseline,
            OptionalDouble pValue,
            OptionalDouble detectable) {

        private static Finding of(String arm, List<TrialRun> runs, List<TrialRun> baseline) {
            List<TrialRun> ended = ended(runs);
            if (ended.isEmpty()) {
                return new Finding(
                        arm, runs, Optional.empty(), Optional.empty(), OptionalDouble.empty(), OptionalDouble.empty());
            }
            Estimate loss = design(ended, List.of()).mean(0);
            if (runs.equals(baseline) || ended(baseline).isEmpty()) {
                return new Finding(
                        arm, runs, Optional.of(loss), Optional.empty(), OptionalDouble.empty(), OptionalDouble.empty());
            }
            BlockDesign pair = design(ended, ended(baseline));
            return new Finding(
                    arm,
                    runs,
                    Optional.of(loss),
                    Optional.of(pair.difference(0, 1)),
                    pair.pValue(0, 1),
                    pair.knowsSeedNoise() ? pair.detectable(0, 1) : OptionalDouble.empty());
        }

        long finished() {
            return ended(runs).size();
        }
    }

    /** Compares under each condition. */
    static List<Comparison> all(Variants config, List<TrialRun> runs) {
        return config.conditions().stream()
                .map(Variant::name)
                .map(condition -> of(
                        config,
                        condition,
                        runs.stream()
                                .filter(run -> run.condition().equals(condition))
                                .toList()))
                .toList();
    }

    private static Comparison of(Variants config, String condition, List<TrialRun> runs) {
        List<TrialRun> baseline = of(config.comparedWith(), runs);
        return new Comparison(
                condition,
                config.arms().stream()
                        .map(arm -> Finding.of(arm.name(), of(arm.name(), runs), baseline))
                        .toList());
    }

    private static List<TrialRun> of(String arm, List<TrialRun> runs) {
        return runs.stream().filter(run -> run.arm().equals(arm)).toList();
    }

    private static List<TrialRun> ended(List<TrialRun> runs) {
        return runs.stream().filter(run -> run.loss() != null).toList();
    }

    /** One arm's runs set against another's, as if it were the baseline; empty if one of them has no loss. */
    static Optional<Finding> between(String arm, String other, List<TrialRun> runs) {
        return Optional.of(Finding.of(arm, of(arm, runs), of(other, runs)))
                .filter(finding -> finding.toBaseline().isPresent());
    }

    private static BlockDesign design(List<TrialRun> runs, List<TrialRun> others) {
        List<Long> seeds = Stream.concat(runs.stream(), others.stream())
                .map(TrialRun::seed)
                .distinct()
                .toList();
        return BlockDesign.of(Stream.concat(
                        runs.stream().map(run -> cell(0, run, seeds)),
                        others.stream().map(run -> cell(1, run, seeds)))
                .toList());
    }

    private static BlockDesign.Trial cell(int arm, TrialRun run, List<Long> seeds) {
        return new BlockDesign.Trial(arm, seeds.indexOf(run.seed()), loss(run));
    }

    /** By document where that was measured, so that differences are paired over documents, too. */
    private static DocumentRatio loss(TrialRun run) {
        return run.documents().isEmpty()
                ? DocumentRatio.undivided(Objects.requireNonNull(run.loss()))
                : DocumentRatio.of(
                        run.documents().stream().mapToDouble(DocumentLoss::loss).toArray(),
                        run.documents().stream().mapToLong(DocumentLoss::tokens).toArray());
    }
}
