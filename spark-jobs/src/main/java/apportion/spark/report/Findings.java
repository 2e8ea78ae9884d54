package apportion.spark.report;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Estimate;
import apportion.spark.study.Claim;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Everything that a report says in numbers.
 *
 * @param summary what the trials have in common
 * @param layouts those with a finished trial, in their order
 * @param best place in {@code layouts} of the lowest mean loss; empty if nothing finished
 * @param unfinished trials that diverged or failed
 * @param rates what was tried to find each layout's learning rate; empty if all share one
 * @param claims statements about orders of layouts, and what the trials say of them
 * @param others trials that the ledger has besides
 * @param noise how much losses vary for reasons other than the layout
 */
record Findings(
        SweepSummary summary,
        List<LayoutFinding> layouts,
        Optional<LayoutFinding> best,
        List<TrialResult> unfinished,
        Map<Layout, RateSearch> rates,
        List<Claim> claims,
        int others,
        Noise noise) {

    /**
     * What losses vary with.
     *
     * @param seeds how many seeds finished at least one trial
     * @param documents validation documents whose loss is known; 0 if it is not known by document
     * @param seedDeviation standard deviation of a run's loss about layout and seed
     * @param seedDegrees degrees of freedom of that deviation
     * @param detectable true difference between the best and a typical other layout that this sweep would show with a
     *     chance of 80%; unknown with one seed
     */
    record Noise(int seeds, int documents, OptionalDouble seedDeviation, int seedDegrees, OptionalDouble detectable) {

        boolean knowsSeeds() {
            return seedDeviation.isPresent();
        }

        boolean knowsDocuments() {
            return documents > 1;
        }
    }

    static Findings of(
            SweepSummary summary, List<TrialResult> trials, Map<String, List<DocumentLoss>> documents, int others) {
        Collection<TrialResult> latest = TrialLosses.latest(RateSearch.compared(trials));
        Map<Layout, RateSearch> rates = new TreeMap<>(Layout.ORDER);
        rates.putAll(RateSearch.of(trials));
        TrialLosses.checkDocuments(latest, documents);
        List<TrialFinding> finished = new ArrayList<>();
        List<TrialResult> unfinished = new ArrayList<>();
        for (TrialResult trial : latest) {
            if (trial.outcome() instanceof Outcome.Done done) {
                Estimate loss =
                        TrialLosses.ratio(trial, done.validation(), documents).estimate();
                finished.add(new TrialFinding(trial, done.validation(), loss));
            } else {
                unfinished.add(trial);
            }
        }
        if (finished.isEmpty()) {
            Noise none = new Noise(0, 0, OptionalDouble.empty(), 0, OptionalDouble.empty());
            return new Findings(summary, List.of(), Optional.empty(), unfinished, rates, List.of(), others, none);
        }
        return compare(summary, byLayout(finished), unfinished, rates, documents, others);
    }

    /**
     * The usual point of comparison: of the layouts that score and spend as the best one does, that with the fewest
     * heads.
     */
    LayoutFinding widest() {
        Layout winner = best.orElseThrow().layout();
        return layouts.stream()
                .filter(layout -> layout.layout().isUniform())
                .filter(layout -> layout.layout().scoring() == winner.scoring()
                        && layout.layout().attention().width()
                                == winner.attention().width())
                .findFirst()
                .orElse(layouts.get(0));
    }

    /** Layouts of equal heads in all layers that are scored alike, fewest heads first. */
    List<LayoutFinding> equalHeads(Scoring scoring) {
        return layouts.stream()
                .filter(layout ->
                        layout.layout().hasEqualHeads() && layout.layout().scoring() == scoring)
                .toList();
    }

    /**
     * Of the layouts that are scored alike, those that trade heads for head dimension at one attention width: the
     * sweep's budget, or the width that most layouts have where fewer than two spend it; fewest heads first.
     */
    List<LayoutFinding> atOneWidth(Scoring scoring) {
        Map<Integer, List<LayoutFinding>> byWidth = layouts.stream()
                .filter(layout -> layout.layout().isUniform() && layout.layout().scoring() == scoring)
                .collect(Collectors.groupingBy(
                        layout -> layout.layout().attention().width(), TreeMap::new, Collectors.toList()));
        List<LayoutFinding> ofBudget = byWidth.getOrDefault(summary.theory().budget(), List.of());
        return ofBudget.size() > 1
                ? ofBudget
                : byWidth.values().stream()
                        .max(Comparator.comparingInt(List::size))
                        .orElse(List.of());
    }

    /** The ways to score. */
    List<Scoring> scorings() {
        return layouts.stream()
                .map(layout -> layout.layout().scoring())
                .distinct()
                .sorted()
                .toList();
    }

    /** Whether some layouts of equal heads differ in heads * head-dim. */
    boolean hasSeveralWidths() {
        return layouts.stream()
                        .filter(layout -> layout.layout().hasEqualHeads())
                        .map(layout -> layout.layout().attention().width())
                        .distinct()
                        .count()
                > 1;
    }

    /** Half the width of the narrowest interval of a difference to the best; 0.01 if there is none. */
    double narrowestMargin() {
        return layouts.stream()
                .flatMap(layout -> layout.toBest().interval().stream())
                .mapToDouble(interval -> (interval.high() - interval.low()) / 2)
                .filter(margin -> margin > 0)
                .min()
                .orElse(0.01);
    }

    /** Layouts whose chosen learning rate is the lowest or the highest that was tried. */
    List<Layout> atEdge() {
        return rates.entrySet().stream()
                .filter(search -> search.getValue().atEdge())
                .map(Map.Entry::getKey)
                .toList();
    }

    List<LayoutFinding> standing(Standing standing) {
        return layouts.stream().filter(layout -> layout.standing() == standing).toList();
    }

    List<TrialResult> trials() {
        List<TrialResult> all = new ArrayList<>();
        layouts.forEach(layout -> layout.trials().forEach(trial -> all.add(trial.result())));
        all.addAll(unfinished);
        return all;
    }

    /** What theory says of the layouts; empty if none has equal heads. */
    Optional<TheoryFinding> theory() {
        return TheoryFinding.of(this);
    }

    private static Findings compare(
            SweepSummary summary,
            Map<Layout, List<TrialFinding>> byLayout,
            List<TrialResult> unfinished,
            Map<Layout, RateSearch> rates,
            Map<String, List<DocumentLoss>> documents,
            int others) {
        List<Long> seeds = byLayout.values().stream()
                .flatMap(List::stream)
                .map(trial -> trial.result().seed())
                .distinct()
                .sorted()
                .toList();
        List<List<TrialFinding>> trials = List.copyOf(byLayout.values());
        List<BlockDesign.Trial> cells = new ArrayList<>();
        for (int i = 0; i < trials.size(); i++) {
            for (TrialFinding trial : trials.get(i)) {
                DocumentRatio loss = TrialLosses.ratio(trial.result(), trial.validation(), documents);
                cells.add(new BlockDesign.Trial(i, seeds.indexOf(trial.result().seed()), loss));
            }
        }
        BlockDesign design = BlockDesign.of(cells);
        int best = IntStream.range(0, trials.size())
                .boxed()
                .min(Comparator.comparingDouble(i -> design.mean(i).value()))
                .orElseThrow();

        List<Layout> names = List.copyOf(byLayout.keySet());
        List<LayoutFinding> layouts = new ArrayList<>();
        for (int i = 0; i < trials.size(); i++) {
            Estimate toBest = design.difference(i, best);
            layouts.add(new LayoutFinding(
                    names.get(i),
                    trials.get(i),
                    design.mean(i),
                    toBest,
                    trials.size() > 1 ? design.againstAll(i) : design.mean(i),
                    i == best ? Standing.BEST : standing(design, toBest)));
        }
        Noise noise = new Noise(
                seeds.size(),
                design.documents(),
                design.seedNoise(),
                design.seedNoiseDegrees(),
                median(IntStream.range(0, trials.size())
                        .filter(i -> i != best && design.knowsSeedNoise())
                        .mapToObj(i -> design.detectable(i, best))
                        .flatMapToDouble(OptionalDouble::stream)
                        .sorted()
                        .toArray()));
        List<Claim> claims = new LayoutOrders(names, design).check(summary.claims());
        return new Findings(summary, layouts, Optional.of(layouts.get(best)), unfinished, rates, claims, others, noise);
    }

    private static Standing standing(BlockDesign design, Estimate toBest) {
        if (!design.knowsSeedNoise() || toBest.interval().isEmpty()) {
            return Standing.UNKNOWN;
        }
        return toBest.interval().get().contains(0) ? Standing.NOT_TOLD_APART : Standing.WORSE;
    }

    private static OptionalDouble median(double[] sorted) {
        return sorted.length == 0 ? OptionalDouble.empty() : OptionalDouble.of(sorted[sorted.length / 2]);
    }

    private static Map<Layout, List<TrialFinding>> byLayout(List<TrialFinding> finished) {
        Map<Layout, List<TrialFinding>> byLayout = new TreeMap<>(Layout.ORDER);
        finished.stream()
                .sorted(Comparator.comparingLong(trial -> trial.result().seed()))
                .forEach(trial -> byLayout.computeIfAbsent(trial.result().layout(), l -> new ArrayList<>())
                        .add(trial));
        return byLayout;
    }
}
