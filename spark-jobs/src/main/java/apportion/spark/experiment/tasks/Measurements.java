package apportion.spark.experiment.tasks;

import apportion.spark.statistics.BlockDesign;
import apportion.spark.statistics.DocumentRatio;
import apportion.spark.statistics.Estimate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * All trials of an experiment, by cell.
 *
 * @param runs of the chosen learning rate, one a seed
 * @param tuned of the seed that chose it, one a rate; empty where there was one rate
 */
record Measurements(Map<Cell, List<TaskRun>> runs, Map<Cell, List<TaskRun>> tuned) {

    /** Decadic logarithms of errors that are 0 to single precision would be infinite. */
    private static final double LEAST_ERROR = 1e-12;

    /** NMSE below which a task is solved: what is left tells how far training has come, not what heads can express. */
    static final double SOLVED = 1e-3;

    /**
     * How a cell's error compares with another's.
     *
     * @param ratio decadic logarithm of the first error over the second, over seeds
     * @param pValue by itself, that the ratio is 1 or what was asked for; unknown with one seed
     * @param detectable as a decadic logarithm
     * @param solved whether both cells solve the task, so that the ratio says nothing of what they can express
     */
    record Comparison(Estimate ratio, OptionalDouble pValue, OptionalDouble detectable, boolean solved) {}

    /** Runs of a cell that ended well. */
    List<TaskRun> ended(Cell cell) {
        return runs.getOrDefault(cell, List.of()).stream()
                .filter(run -> run.error() != null)
                .toList();
    }

    /** Whether the task is solved with every seed. */
    boolean solved(Cell cell) {
        List<TaskRun> all = runs.getOrDefault(cell, List.of());
        return !all.isEmpty() && all.stream().allMatch(run -> run.error() != null && run.error() < SOLVED);
    }

    /** Decadic logarithm of a cell's error, averaged over seeds; empty if every trial diverged. */
    Optional<Estimate> error(Cell cell) {
        List<TaskRun> ended = ended(cell);
        return ended.isEmpty()
                ? Optional.empty()
                : Optional.of(design(List.of(ended)).mean(0));
    }

    /** The first cell against the second, paired over seeds; empty if either has no error. */
    Optional<Comparison> compare(Cell first, Cell second) {
        return compare(first, second, 1);
    }

    /** The same, with the p-value of another ratio than 1. */
    Optional<Comparison> compare(Cell first, Cell second, double factor) {
        List<TaskRun> one = ended(first);
        List<TaskRun> other = ended(second);
        if (one.isEmpty() || other.isEmpty() || first.equals(second)) {
            return Optional.empty();
        }
        BlockDesign pair = design(List.of(one, other));
        return Optional.of(new Comparison(
                pair.difference(0, 1),
                pair.pValue(0, 1, Math.log10(factor)),
                pair.knowsSeedNoise() ? pair.detectable(0, 1) : OptionalDouble.empty(),
                solved(first) && solved(second)));
    }

    private static BlockDesign design(List<List<TaskRun>> cells) {
        List<Long> seeds = cells.stream()
                .flatMap(List::stream)
                .map(TaskRun::seed)
                .distinct()
                .toList();
        return BlockDesign.of(IntStream.range(0, cells.size())
                .boxed()
                .flatMap(i -> trials(i, cells.get(i), seeds))
                .toList());
    }

    private static Stream<BlockDesign.Trial> trials(int cell, List<TaskRun> runs, List<Long> seeds) {
        return runs.stream()
                .map(run -> new BlockDesign.Trial(
                        cell,
                        seeds.indexOf(run.seed()),
                        DocumentRatio.undivided(
                                Math.log10(Math.max(LEAST_ERROR, Objects.requireNonNull(run.error()))))));
    }
}
