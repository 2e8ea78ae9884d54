package apportion.spark.experiment;

import apportion.data.task.SyntheticTask;
import java.util.HashSet;
import java.util.List;

/**
 * A synthetic task, learned by small models with different heads, each with several seeds.
 *
 * @param output directory of the experiment
 * @param task what is learned
 * @param statements what is checked
 * @param grid the heads, the lengths of sequences and the positions that are tried
 * @param network what the models have in common
 * @param training how each is trained
 * @param seeds each model is trained once with each
 */
public record Tasks(
        String output,
        SyntheticTask task,
        Statements statements,
        Grid grid,
        Network network,
        Training training,
        List<Long> seeds)
        implements Experiment {

    /** Which statements are checked; the rules are those of {@code apportion.spark.experiment.tasks}. */
    public enum Statements {
        /** None: the page has the measurements alone. */
        NONE,
        /** Those of the 4-gram figure of arXiv 2510.03784. */
        FOUR_GRAM,
        /** That of the transition at as many heads as directions, after arXiv 2510.06662. */
        MAX_OF_FOUR,
        /** Theory's heads are the best ones. */
        THEORY
    }

    public Tasks {
        seeds = List.copyOf(seeds);
        if (seeds.isEmpty() || new HashSet<>(seeds).size() < seeds.size()) {
            throw new IllegalArgumentException("seeds must be one or more different numbers, got " + seeds);
        }
        if (seeds.contains(training.tuningSeed())) {
            throw new IllegalArgumentException("training.tuning-seed must be none of seeds " + seeds + ", got "
                    + training.tuningSeed() + "; a seed that chose a rate would favour it");
        }
        for (int time : grid.times()) {
            if (time < task.leastTime()) {
                throw new IllegalArgumentException(
                        "grid.times must be at least " + task.leastTime() + " vectors for this task, got " + time);
            }
        }
        if (statements == Statements.FOUR_GRAM && !grid.heads().containsAll(List.of(1, 2, 4, 8, 16, 32, 64, 128))) {
            throw new IllegalArgumentException("grid.heads must hold 1, 2, 4, ... 128 for the statements of the 4-gram"
                    + " figure, whose heads may be those of one of four groups, got " + grid.heads());
        }
        if (statements == Statements.MAX_OF_FOUR && !grid.heads().containsAll(List.of(1, 2, 3, 4))) {
            throw new IllegalArgumentException(
                    "grid.heads must hold 1, 2, 3 and 4 for the statements of four maxima, got " + grid.heads());
        }
    }

    @Override
    public <T> T match(Cases<T> cases) {
        return cases.tasks(this);
    }
}
