package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.statistics.Estimate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * What became of all students, and their means over teachers.
 *
 * @param diverged what is said of runs that did
 */
record Outcomes(List<Outcome> all, List<String> diverged) {

    Outcomes {
        all = List.copyOf(all);
        diverged = List.copyOf(diverged);
    }

    /** When a student is measured. */
    enum Stage {
        /** As it was made, against its teacher. */
        BEFORE,
        /** Trained on, against the teacher trained on. */
        AFTER
    }

    /** One student by one method, of each teacher. */
    List<Outcome> of(String student, Method method) {
        return all.stream()
                .filter(one -> one.student().equals(student) && one.method() == method)
                .toList();
    }

    /** How much more a student loses, by the teacher's seed; teachers without it are left out. */
    SortedMap<Long, Double> excess(String student, Method method, Stage stage) {
        SortedMap<Long, Double> excess = new TreeMap<>();
        for (Outcome one : of(student, method)) {
            Double value = stage == Stage.BEFORE ? (Double) one.before() : one.after();
            if (value != null && Double.isFinite(value)) {
                excess.put(one.seed(), value);
            }
        }
        return excess;
    }

    /** The mean over some students, by the teacher's seed; teachers that miss one of them are left out. */
    SortedMap<Long, Double> excess(List<String> students, Method method, Stage stage) {
        List<SortedMap<Long, Double>> each =
                students.stream().map(name -> excess(name, method, stage)).toList();
        SortedMap<Long, Double> means = new TreeMap<>(each.get(0));
        each.forEach(other -> means.keySet().retainAll(other.keySet()));
        means.replaceAll((seed, first) -> each.stream()
                .mapToDouble(other -> other.getOrDefault(seed, 0.0))
                .average()
                .orElseThrow());
        return means;
    }

    /** The mean over teachers of one student's excess; empty if there is none. */
    Optional<Estimate> mean(String student, Method method, Stage stage) {
        return mean(excess(student, method, stage));
    }

    static Optional<Estimate> mean(Map<Long, Double> values) {
        return values.isEmpty()
                ? Optional.empty()
                : Optional.of(Estimate.ofMean(
                        values.values().stream().mapToDouble(value -> value).toArray()));
    }

    /** The mean over teachers of something that every outcome has. */
    double mean(String student, Method method, ToDoubleFunction<Outcome> part) {
        return of(student, method).stream().mapToDouble(part).average().orElseThrow();
    }
}
