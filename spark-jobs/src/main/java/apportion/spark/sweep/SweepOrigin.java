package apportion.spark.sweep;

import apportion.spark.failure.UserError;
import apportion.spark.report.TrialResult;
import apportion.spark.storage.OwnedByAnother;
import apportion.spark.train.RunSettings;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The file {@code plan.json} of a sweep: what the newest configuration of its directory asks for, so that a report
 * covers that and no more, and what makes another sweep another one.
 *
 * @param sweep keys of the section {@code sweep} that all trials share, with their values
 * @param dataset identity of the dataset
 * @param settings canonical JSON of what all trials share of the other sections
 * @param trials ids of the trials that the configuration asks for
 */
record SweepOrigin(Map<String, String> sweep, String dataset, String settings, List<String> trials) {

    /** A user sees from so many that it is quite another sweep. */
    private static final int MOST_NAMED = 6;

    private static final ObjectMapper JSON = new ObjectMapper();

    SweepOrigin {
        sweep = Map.copyOf(sweep);
        trials = List.copyOf(trials);
    }

    static SweepOrigin of(SweepPlan plan) {
        return new SweepOrigin(
                plan.shared(),
                plan.dataset().manifest().identity(),
                plan.any().plan().settings().json(),
                List.of());
    }

    SweepOrigin asking(Collection<String> ids) {
        return new SweepOrigin(sweep, dataset, settings, List.copyOf(ids));
    }

    List<TrialResult> asked(List<TrialResult> ledger) {
        return ledger.stream().filter(trial -> trials.contains(trial.id())).toList();
    }

    String toJson() {
        try {
            return JSON.writeValueAsString(this) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("texts have a JSON form", e);
        }
    }

    /**
     * Reads what {@link #toJson} wrote.
     *
     * @throws IllegalArgumentException if it is something else
     */
    static SweepOrigin fromJson(String json) {
        try {
            return JSON.readValue(json, SweepOrigin.class);
        } catch (JsonProcessingException | NullPointerException e) {
            throw new IllegalArgumentException("no plan of a sweep: " + e.getMessage(), e);
        }
    }

    /** The refusal with the keys that differ, where the directory holds what tells them. */
    static UserError explained(OwnedByAnother refusal, SweepPlan plan, SweepFiles files) {
        List<String> differences;
        try {
            Optional<SweepOrigin> stored = files.origin();
            differences = stored.isPresent() ? of(plan).differencesFrom(stored.get()) : List.of();
        } catch (IllegalArgumentException | UserError e) {
            // The refusal stands without them.
            differences = List.of();
        }
        if (differences.isEmpty()) {
            return refusal;
        }
        int named = Math.min(MOST_NAMED, differences.size());
        String rest = named == differences.size() ? "" : " and " + (differences.size() - named) + " more";
        return new UserError(
                plan.output() + " belongs to another run, a sweep with other settings: "
                        + String.join(", ", differences.subList(0, named)) + rest
                        + "; name another output directory, or"
                        + " delete it",
                refusal);
    }

    /** Each as {@code train.batch = 3 (there 2)}. */
    private List<String> differencesFrom(SweepOrigin stored) {
        List<String> differences = new ArrayList<>();
        new TreeMap<>(sweep).forEach((key, value) -> {
            String there = stored.sweep.get(key);
            if (!Objects.equals(value, there)) {
                differences.add(key + " = " + value + " (there " + there + ")");
            }
        });
        differences.addAll(new RunSettings(settings).differencesFrom(new RunSettings(stored.settings)));
        if (!dataset.equals(stored.dataset)) {
            differences.add("the dataset is " + dataset + " (there " + stored.dataset + ")");
        }
        return differences;
    }
}
