package apportion.spark.sweep;

import apportion.model.allocation.Budget;
import apportion.model.config.AttentionConfig;
import apportion.spark.conf.HeadSettings;
import apportion.spark.conf.ModelSettings;
import apportion.spark.report.Layout;
import apportion.spark.study.Order;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The section {@code sweep}.
 *
 * @param output directory of the sweep
 * @param budget {@code D}: attention width that every layout spends, unless an axis or {@code equal} frees it
 * @param heads layouts by their heads
 * @param layouts or in full
 * @param axes what is varied beside them
 * @param equal what all layouts cost alike
 * @param theory what the report draws the error bound for
 * @param claims statements about orders of layouts, which the report checks
 * @param ours settings that no source gives, one a sentence
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
        Axes axes,
        Equal equal,
        ModelSettings.Theory theory,
        List<Order> claims,
        List<String> ours,
        List<Long> seeds,
        List<Double> learningRates,
        long tuningSeed,
        int slotsPerTrial) {

    public SweepConfig {
        heads = List.copyOf(heads);
        layouts = List.copyOf(layouts);
        claims = List.copyOf(claims);
        ours = List.copyOf(ours);
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
        if (!axes.headDims().isEmpty() && heads.isEmpty()) {
            throw new IllegalArgumentException(
                    "axes.head-dims are tried with each of heads; list those in sweep.heads, got none");
        }
        List<AttentionConfig> all = attention(budget, heads, layouts, axes);
        if (new HashSet<>(all).size() < all.size()) {
            throw new IllegalArgumentException(
                    (heads.isEmpty() ? "layouts" : "heads") + " must list each layout once, got " + all);
        }
        refuseUnknown(claims, all, axes);
        boolean free = equal != Equal.ATTENTION_WIDTH || !axes.headDims().isEmpty();
        for (AttentionConfig layout : all) {
            if (!free && layout.width() != budget) {
                throw new IllegalArgumentException(
                        "layouts must spend the budget of " + budget + ", got " + layout + " = " + layout.width()
                                + "; or let equal = parameters or flops, so that feed-forward widths make up for it");
            }
        }
    }

    /** Refuses orders of what is not tried. */
    private static void refuseUnknown(List<Order> claims, List<AttentionConfig> all, Axes axes) {
        List<String> names = Stream.concat(
                        all.stream().map(AttentionConfig::toString),
                        axes.schedules().stream().map(Schedule::name))
                .toList();
        Set<String> scored = axes.scoring().stream()
                .flatMap(scoring -> names.stream().map(name -> Layout.named(name, scoring)))
                .collect(Collectors.toSet());
        for (Order claim : claims) {
            if (!names.containsAll(claim.order()) && !scored.containsAll(claim.order())) {
                throw new IllegalArgumentException("claims must name layouts of this sweep, any of " + names
                        + ", either all with how they are scored or all without, got " + claim.order());
            }
        }
    }

    /** The same heads in every layer, in the order of the configuration. */
    public List<AttentionConfig> attention() {
        return attention(budget, heads, layouts, axes);
    }

    /**
     * Everything that is tried, as models.
     *
     * @throws IllegalArgumentException if something of it is no model
     */
    public List<Layout> layouts(ModelSettings model, int vocabulary) {
        return new Layouts(this, model, vocabulary).all();
    }

    private static List<AttentionConfig> attention(
            int budget, List<Integer> heads, List<HeadSettings> layouts, Axes axes) {
        if (!layouts.isEmpty()) {
            return layouts.stream()
                    .map(group -> new AttentionConfig(List.of(group.toGroup())))
                    .toList();
        }
        if (heads.isEmpty()) {
            return new Budget.Width(budget).layouts();
        }
        if (!axes.headDims().isEmpty()) {
            return heads.stream()
                    .flatMap(count -> axes.headDims().stream().map(dim -> AttentionConfig.uniform(count, dim)))
                    .toList();
        }
        return heads.stream()
                .map(count ->
                        AttentionConfig.derive(OptionalInt.of(count), OptionalInt.empty(), OptionalInt.of(budget)))
                .toList();
    }
}
