package apportion.spark.sweep;

import apportion.spark.report.Scoring;
import java.util.HashSet;
import java.util.List;

/**
 * The section {@code sweep.axes}: what is varied beside the heads that spend the budget.
 *
 * @param headDims with each number of heads, whatever their product; empty: what the budget leaves
 * @param schedules divisions that differ by layer, tried beside the others
 * @param scoring how queries score keys; each division is tried with each
 */
public record Axes(List<Integer> headDims, List<Schedule> schedules, List<Scoring> scoring) {

    public Axes {
        headDims = List.copyOf(headDims);
        schedules = List.copyOf(schedules);
        scoring = List.copyOf(scoring);
        different("head-dims", headDims);
        different("schedules", schedules.stream().map(Schedule::name).toList());
        different("scoring", scoring);
        if (scoring.isEmpty() || (scoring.contains(Scoring.CONFIGURED) && scoring.size() > 1)) {
            throw new IllegalArgumentException("scoring must list configured alone, which takes what model.attention"
                    + " says, or one or more of inverse-root, inverse and qk-norm, got "
                    + scoring);
        }
    }

    /** Whether it says how queries score keys. */
    boolean scores() {
        return !scoring.contains(Scoring.CONFIGURED);
    }

    private static void different(String key, List<?> values) {
        if (new HashSet<>(values).size() < values.size()) {
            throw new IllegalArgumentException(key + " must list each one once, got " + values);
        }
    }
}
