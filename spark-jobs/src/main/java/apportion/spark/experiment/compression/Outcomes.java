package apportion.spark.experiment.compression;

import apportion.spark.compress.CompressConfig.Method;
import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.Estimate;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

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
    SortedMap<Long, Excess> excess(String student, Method method, Stage stage) {
        SortedMap<Long, Excess> excess = new TreeMap<>();
        for (Outcome one : of(student, method)) {
            Excess value = stage == Stage.BEFORE ? one.before() : one.after();
            if (value != null && Double.isFinite(value.value())) {
                excess.put(one.seed(), value);
            }
        }
        return excess;
    }

    /** The mean over some students, by the teacher's seed; teachers that miss one of them are left out. */
    SortedMap<Long, Excess> excess(List<String> students, Method method, Stage stage) {
        List<SortedMap<Long, Excess>> each =
                students.stream().map(name -> excess(name, method, stage)).toList();
        SortedMap<Long, Excess> means = new TreeMap<>(each.get(0));
        each.forEach(other -> means.keySet().retainAll(other.keySet()));
        means.replaceAll((seed, first) -> Excess.mean(each.stream()
                .map(other -> Objects.requireNonNull(other.get(seed)))
                .toList()));
        return means;
    }

    /** The mean over teachers of one student's excess, for other teachers and documents; empty if there is none. */
    Optional<Estimate> mean(String student, Method method, Stage stage) {
        List<Excess> excess = List.copyOf(excess(student, method, stage).values());
        return excess.isEmpty()
                ? Optional.empty()
                : Optional.of(BlockDesign.of(IntStream.range(0, excess.size())
                                .mapToObj(teacher -> new BlockDesign.Trial(
                                        0, teacher, excess.get(teacher).ratio()))
                                .toList())
                        .mean(0));
    }

    /** The mean over teachers of something that every outcome has. */
    double mean(String student, Method method, ToDoubleFunction<Outcome> part) {
        return of(student, method).stream()
                .mapToDouble(part)
                .filter(Double::isFinite)
                .average()
                .orElse(Double.NaN);
    }
}
