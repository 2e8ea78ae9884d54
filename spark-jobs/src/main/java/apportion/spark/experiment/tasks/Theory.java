package apportion.spark.experiment.tasks;

import apportion.data.task.LagSum;
import apportion.model.allocation.Allocation;
import apportion.model.allocation.AllocationProblem;
import apportion.model.allocation.Allocator;
import apportion.model.allocation.ErrorBound;
import apportion.model.allocation.LagKernel;
import apportion.spark.experiment.Tasks;
import apportion.spark.study.Series;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * What the bound of arXiv 2510.03784 says of a task that it covers: a weighted sum of lags, a fixed budget, one layer.
 *
 * @param problem that the heads solve
 * @param allocation heads of the least bound
 */
record Theory(AllocationProblem problem, Allocation allocation) {

    /** Empty where the bound says nothing. */
    static Optional<Theory> of(Tasks experiment) {
        if (!(experiment.task() instanceof LagSum task)
                || experiment.grid().budget().isEmpty()
                || experiment.network().layers() != 1
                || task.dim() > experiment.grid().budget().getAsInt()) {
            return Optional.empty();
        }
        LagKernel kernel =
                LagKernel.of(task.weights().stream().mapToDouble(Math::abs).toArray());
        AllocationProblem problem = new AllocationProblem(
                kernel, experiment.grid().budget().getAsInt(), task.dim(), AllocationProblem.Spending.ALL);
        return Optional.of(new Theory(problem, Allocator.fitting(problem).allocate(problem)));
    }

    /** Heads in all of the least bound. */
    int heads() {
        return allocation.attention().heads();
    }

    /**
     * The bound with so many heads in all, each of an equal part of the budget, shared equally by the lags that are
     * served; empty if there are fewer heads than those.
     */
    Optional<Double> at(int heads) {
        int served = allocation.served();
        if (heads < served) {
            return Optional.empty();
        }
        ErrorBound bound = problem.bound();
        double each = (double) heads / served;
        double value = bound.unserved(served)
                + IntStream.rangeClosed(1, served)
                        .mapToDouble(lag -> bound.served(lag, each, (double) problem.budget() / heads))
                        .sum();
        return Optional.of(value);
    }

    /** The bound against heads in all. */
    List<Series.Point> curve(List<Integer> heads) {
        return heads.stream()
                .flatMap(number -> at(number).map(bound -> Series.Point.of(number, bound)).stream())
                .toList();
    }
}
