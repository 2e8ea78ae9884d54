package apportion.spark.report;

import apportion.model.config.AttentionConfig;
import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.report.LayoutFinding.Standing;
import apportion.spark.report.LayoutFinding.TrialFinding;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Estimate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Everything that a report says in numbers.
 *
 * @param summary what the trials have in common
 * @param layouts those with a finished trial, fewest heads first
 * @param best place in {@code layouts} of the lowest mean loss; empty if nothing finished
 * @param unfinished trials that diverged or failed
 * @param rates what was tried to find each layout's learning rate; empty if all share one
 * @param noise how much losses vary for reasons other than the layout
 */
record Findings(
        SweepSummary summary,
        List<LayoutFinding> layouts,
        Optional<LayoutFinding> best,
        List<TrialResult> unfinished,
        Map<AttentionConfig, RateSearch> rates,
        Noise noise) {

    /** Two ways to add up the same losses may differ by rounding, not by more. */
    private static final double LOSS_TOLERANCE = 1e-3;

    private static final Comparator<AttentionConfig> FEWEST_HEADS_FIRST = Comparator.comparingInt(
                    AttentionConfig::heads)
            .thenComparingInt(AttentionConfig::width)
            .thenComparing(AttentionConfig::toString);

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

    static Findings of(SweepSummary summary, List<TrialResult> trials, Map<String, List<DocumentLoss>> documents) {
        Collection<TrialResult> latest = latest(RateSearch.compared(trials));
        Map<AttentionConfig, RateSearch> rates = new TreeMap<>(FEWEST_HEADS_FIRST);
        rates.putAll(RateSearch.of(trials));
        checkDocuments(latest, documents);
        List<TrialFinding> finished = new ArrayList<>();
        List<TrialResult> unfinished = new ArrayList<>();
        for (TrialResult trial : latest) {
            if (trial.outcome() instanceof Outcome.Done done) {
                Estimate loss = ratio(trial, done.validation(), documents).estimate();
                finished.add(new TrialFinding(trial, done.validation(), loss));
            } else {
                unfinished.add(trial);
            }
        }
        if (finished.isEmpty()) {
            Noise none = new Noise(0, 0, OptionalDouble.empty(), 0, OptionalDouble.empty());
            return new Findings(summary, List.of(), Optional.empty(), unfinished, rates, none);
        }
        return compare(summary, byLayout(finished), unfinished, rates, documents);
    }

    /** The layout with the fewest heads: the usual point of comparison. */
    LayoutFinding widest() {
        return layouts.get(0);
    }

    /** Layouts whose chosen learning rate is the lowest or the highest that was tried. */
    List<AttentionConfig> atEdge() {
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

    private static Findings compare(
            SweepSummary summary,
            Map<AttentionConfig, List<TrialFinding>> byLayout,
            List<TrialResult> unfinished,
            Map<AttentionConfig, RateSearch> rates,
            Map<String, List<DocumentLoss>> documents) {
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
                DocumentRatio loss = ratio(trial.result(), trial.validation(), documents);
                cells.add(new BlockDesign.Trial(i, seeds.indexOf(trial.result().seed()), loss));
            }
        }
        BlockDesign design = BlockDesign.of(cells);
        int best = IntStream.range(0, trials.size())
                .boxed()
                .min(Comparator.comparingDouble(i -> design.mean(i).value()))
                .orElseThrow();

        List<AttentionConfig> names = List.copyOf(byLayout.keySet());
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
        return new Findings(summary, layouts, Optional.of(layouts.get(best)), unfinished, rates, noise);
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

    /** A trial that was tried again has two lines with one id, and the later counts. */
    private static Collection<TrialResult> latest(List<TrialResult> trials) {
        Map<String, TrialResult> byId = new LinkedHashMap<>();
        trials.forEach(trial -> byId.put(trial.id(), trial));
        Map<String, String> idOf = new LinkedHashMap<>();
        for (TrialResult trial : byId.values()) {
            String cell = "layout " + trial.layout() + " with seed " + trial.seed();
            String other = idOf.put(cell, trial.id());
            if (other != null) {
                throw new IllegalArgumentException(
                        "a report takes one trial of " + cell + ", got " + other + " and " + trial.id()
                                + "; they come from different configurations, data or code: report on one of them");
            }
        }
        return byId.values();
    }

    private static Map<AttentionConfig, List<TrialFinding>> byLayout(List<TrialFinding> finished) {
        Map<AttentionConfig, List<TrialFinding>> byLayout = new TreeMap<>(FEWEST_HEADS_FIRST);
        finished.stream()
                .sorted(Comparator.comparingLong(trial -> trial.result().seed()))
                .forEach(trial -> byLayout.computeIfAbsent(trial.result().layout(), l -> new ArrayList<>())
                        .add(trial));
        return byLayout;
    }

    private static DocumentRatio ratio(
            TrialResult trial, Outcome.Validation validation, Map<String, List<DocumentLoss>> documents) {
        List<DocumentLoss> losses = documents.getOrDefault(trial.id(), List.of());
        if (losses.isEmpty()) {
            return DocumentRatio.undivided(validation.loss());
        }
        DocumentRatio ratio = DocumentRatio.of(
                losses.stream().mapToDouble(DocumentLoss::loss).toArray(),
                losses.stream().mapToLong(DocumentLoss::tokens).toArray());
        double fromDocuments = ratio.estimate().value();
        if (!(Math.abs(fromDocuments - validation.loss()) <= LOSS_TOLERANCE * Math.max(1, validation.loss()))) {
            throw new IllegalArgumentException("trial " + trial.id() + " reports a validation loss of "
                    + validation.loss() + ", but its documents give " + fromDocuments + "; evaluate it again");
        }
        return ratio;
    }

    private static void checkDocuments(Collection<TrialResult> trials, Map<String, List<DocumentLoss>> documents) {
        List<Long> tokens = List.of();
        String first = "";
        for (TrialResult trial : trials) {
            List<Long> own = documents.getOrDefault(trial.id(), List.of()).stream()
                    .map(DocumentLoss::tokens)
                    .toList();
            if (own.isEmpty() || !(trial.outcome() instanceof Outcome.Done)) {
                continue;
            }
            if (tokens.isEmpty()) {
                tokens = own;
                first = trial.id();
            } else if (!tokens.equals(own)) {
                throw new IllegalArgumentException("trials " + first + " and " + trial.id()
                        + " were validated on different documents, so they cannot be compared; evaluate them again on"
                        + " one dataset");
            }
        }
    }
}
