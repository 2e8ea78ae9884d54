package apportion.spark.experiment.tasks;

import apportion.spark.experiment.Tasks;
import apportion.spark.page.markup.Element;
import apportion.spark.study.Panels;
import apportion.spark.study.Scale;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.IntStream;

/** How errors fell in training: one small panel a cell. */
final class ErrorCurves {

    private ErrorCurves() {}

    /**
     * The panels of some cells; none if every trial diverged at once.
     *
     * @param id by which the page tells them from others
     * @param name what the cells have in common
     * @param heads what each is called
     */
    static Optional<Element> figure(
            String id,
            String name,
            Tasks experiment,
            Measurements measured,
            List<Cell> cells,
            Function<Cell, String> heads) {
        int steps = experiment.training().steps();
        return new Panels(
                        id,
                        "Error of training batches as a line, one a seed, against steps of the optimizer; rings: the error"
                                + " on sequences that were not trained on.",
                        "steps",
                        Scale.LOG10,
                        Double.POSITIVE_INFINITY,
                        cells.stream()
                                .map(cell -> new Panels.Panel(
                                        heads.apply(cell),
                                        "Errors of " + heads.apply(cell) + " with " + name,
                                        measured.runs().getOrDefault(cell, List.of()).stream()
                                                .map(run -> curve(run, steps))
                                                .toList()))
                                .toList())
                .figure(
                        "Learning with " + name,
                        "NMSE of training batches, averaged over equal parts of the run: a line a seed. Rings: at the end,"
                                + " on sequences that were not trained on. Grey: all other numbers of heads.");
    }

    /** Each part's error stands at the part's middle. */
    private static Panels.Curve curve(TaskRun run, int steps) {
        double part = (double) steps / run.curve().size();
        List<Panels.Place> line = IntStream.range(0, run.curve().size())
                .mapToObj(i -> new Panels.Place((i + 0.5) * part, run.curve().get(i)))
                .toList();
        Double last = run.error();
        return new Panels.Curve(line, last == null ? List.of() : List.of(new Panels.Place(steps, last)));
    }
}
