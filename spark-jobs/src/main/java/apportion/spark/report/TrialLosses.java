package apportion.spark.report;

import apportion.spark.evaluate.DocumentLoss;
import apportion.spark.statistics.DocumentRatio;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The losses of a ledger's trials, checked against each other: which trials count, and on what documents. */
final class TrialLosses {

    /** Two ways to add up the same losses may differ by rounding, not by more. */
    private static final double LOSS_TOLERANCE = 1e-3;

    private TrialLosses() {}

    /** A trial that was tried again has two lines with one id, and the later counts. */
    static Collection<TrialResult> latest(List<TrialResult> trials) {
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

    static DocumentRatio ratio(
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

    static void checkDocuments(Collection<TrialResult> trials, Map<String, List<DocumentLoss>> documents) {
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
