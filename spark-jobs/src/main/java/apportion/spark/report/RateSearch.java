package apportion.spark.report;

import apportion.spark.report.TrialResult.Purpose;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * The learning rates that were tried for one layout, and the one that it is compared with.
 *
 * <p>A rate that suits one layout may hold another back, so a comparison under one rate says as much of the rate as of
 * the layouts. The trials that choose have a seed of their own, so their luck is not in what is compared.
 *
 * @param tried lowest rate first; at least one
 */
public record RateSearch(List<Tried> tried) {

    /**
     * One rate.
     *
     * @param loss on the validation split, in nats per token; empty if the trial diverged or failed
     */
    public record Tried(double learningRate, OptionalDouble loss) {}

    public RateSearch {
        tried = tried.stream()
                .sorted(Comparator.comparingDouble(Tried::learningRate))
                .toList();
    }

    /** Every layout's search, from the trials of a ledger; of two with one id the later counts. */
    public static Map<Layout, RateSearch> of(List<TrialResult> trials) {
        Map<String, TrialResult> byId = new LinkedHashMap<>();
        trials.stream()
                .filter(trial -> trial.setting().purpose() == Purpose.TUNING)
                .forEach(trial -> byId.put(trial.id(), trial));
        Map<Layout, List<Tried>> tried = new LinkedHashMap<>();
        for (TrialResult trial : byId.values()) {
            OptionalDouble loss = trial.outcome() instanceof Outcome.Done done
                    ? OptionalDouble.of(done.validation().loss())
                    : OptionalDouble.empty();
            tried.computeIfAbsent(trial.layout(), layout -> new ArrayList<>())
                    .add(new Tried(trial.setting().learningRate(), loss));
        }
        Map<Layout, RateSearch> searches = new LinkedHashMap<>();
        tried.forEach((layout, rates) -> searches.put(layout, new RateSearch(rates)));
        return searches;
    }

    /** The trials that are compared: not those that tuned, nor those of a rate that was given up for a better one. */
    public static List<TrialResult> compared(List<TrialResult> trials) {
        Map<Layout, RateSearch> searches = of(trials);
        return trials.stream()
                .filter(trial -> trial.setting().purpose() == Purpose.COMPARISON)
                .filter(trial -> {
                    RateSearch search = searches.get(trial.layout());
                    return search == null || search.chosen() == trial.setting().learningRate();
                })
                .toList();
    }

    /** The rate with the lowest loss; the lowest rate if none has one. */
    public double chosen() {
        return tried.stream()
                .min(Comparator.comparingDouble(rate -> rate.loss().orElse(Double.POSITIVE_INFINITY)))
                .orElseThrow()
                .learningRate();
    }

    /** Whether the chosen rate is the lowest or the highest that was tried, so that a better one may lie beyond. */
    public boolean atEdge() {
        return chosen() == tried.get(0).learningRate()
                || chosen() == tried.get(tried.size() - 1).learningRate();
    }
}
