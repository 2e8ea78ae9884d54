package apportion.spark.experiment.tasks;

import apportion.spark.statistics.Estimate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One curve of errors against heads, as a statement sees it.
 *
 * @param name in words
 * @param cells by what the statement calls heads, fewest first
 */
record View(String name, List<Named> cells) {

    /** A cell and the number of heads that a statement gives it. */
    record Named(int heads, Cell cell) {}

    View {
        cells = List.copyOf(cells);
    }

    /** The cells of given heads of one position and time, with each number of heads divided by {@code groups}. */
    static View of(String name, List<Cell> all, int groups, int most) {
        List<Named> cells = new ArrayList<>();
        for (Cell cell : all) {
            if (cell.heads() % groups == 0 && cell.heads() / groups <= most) {
                cells.add(new Named(cell.heads() / groups, cell));
            }
        }
        return new View(name, cells);
    }

    Cell at(int heads) {
        return cells.stream()
                .filter(named -> named.heads() == heads)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " has no " + heads + " heads"))
                .cell();
    }

    /** The one of the least mean error; empty if all trials diverged. */
    Optional<Named> best(Measurements measured) {
        return ended(measured).min(byError(measured));
    }

    /** The one of the largest mean error; empty if all trials diverged. */
    Optional<Named> worst(Measurements measured) {
        return ended(measured).max(byError(measured));
    }

    private Stream<Named> ended(Measurements measured) {
        return cells.stream().filter(named -> measured.error(named.cell()).isPresent());
    }

    private static Comparator<Named> byError(Measurements measured) {
        return Comparator.comparingDouble(
                named -> measured.error(named.cell()).map(Estimate::value).orElse(Double.POSITIVE_INFINITY));
    }
}
