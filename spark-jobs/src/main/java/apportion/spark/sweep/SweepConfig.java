package apportion.spark.sweep;

import apportion.model.allocation.Budget;
import apportion.model.config.AttentionConfig;
import apportion.spark.conf.HeadSettings;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The section {@code sweep}.
 *
 * @param output directory of the sweep
 * @param budget {@code D}: attention width that every layout spends
 * @param heads layouts by their heads
 * @param layouts or in full
 * @param seeds each layout is trained once with each
 * @param learningRates tried for each layout, whose best is its own; empty: that of the section {@code train} for all
 * @param tuningSeed of the trials that try them
 * @param slotsPerTrial Spark's task slots that one trial fills
 */
public record SweepConfig(
        Optional<String> output,
        int budget,
        List<Integer> heads,
        List<HeadSettings> layouts,
        List<Long> seeds,
        List<Double> learningRates,
        long tuningSeed,
        int slotsPerTrial) {

    public SweepConfig {
        heads = List.copyOf(heads);
        layouts = List.copyOf(layouts);
        seeds = List.copyOf(seeds);
        learningRates = List.copyOf(learningRates);
        if (output.isEmpty()) {
            throw new IllegalArgumentException("output must name the directory of the sweep");
        }
        if (!heads.isEmpty() && !layouts.isEmpty()) {
            throw new IllegalArgumentException("heads and layouts both list what to try; leave one of them out");
        }
        if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException("seeds must be one or more different numbers, got " + seeds);
        }
        if (new HashSet<>(learningRates).size() < learningRates.size()
                || learningRates.stream().anyMatch(rate -> !(rate > 0) || rate.isInfinite())) {
            throw new IllegalArgumentException(
                    "learning-rates must be different positive numbers, got " + learningRates);
        }
        if (!learningRates.isEmpty() && seeds.contains(tuningSeed)) {
            throw new IllegalArgumentException("tuning-seed must be none of seeds, as a run that chose a learning rate"
                    + " cannot also measure it, got " + tuningSeed);
        }
        if (slotsPerTrial < 1) {
            throw new IllegalArgumentException("slots-per-trial must be at least 1, got " + slotsPerTrial);
        }
        List<AttentionConfig> all = attention(budget, heads, layouts);
        if (new HashSet<>(all).size() < all.size()) {
            throw new IllegalArgumentException(
                    (heads.isEmpty() ? "layouts" : "heads") + " must list each layout once, got " + all);
        }
        for (AttentionConfig layout : all) {
            if (layout.width() != budget) {
                throw new IllegalArgumentException(
                        "layouts must spend the budget of " + budget + ", got " + layout + " = " + layout.width());
            }
        }
    }

    /** What to try, in the order of the configuration. */
    public List<AttentionConfig> attention() {
        return attention(budget, heads, layouts);
    }

    private static List<AttentionConfig> attention(int budget, List<Integer> heads, List<HeadSettings> layouts) {
        if (!layouts.isEmpty()) {
            return layouts.stream()
                    .map(group -> new AttentionConfig(List.of(group.toGroup())))
                    .toList();
        }
        if (heads.isEmpty()) {
            return new Budget.Width(budget).layouts();
        }
        return heads.stream()
                .map(count ->
                        AttentionConfig.derive(OptionalInt.of(count), OptionalInt.empty(), OptionalInt.of(budget)))
                .toList();
    }
}
