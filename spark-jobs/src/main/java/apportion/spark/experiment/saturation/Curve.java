package apportion.spark.experiment.saturation;

import apportion.spark.statistics.Estimate;
import apportion.spark.study.Series;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Something against the length, measured in several units: seeds of a simulation, or models.
 *
 * @param name of what it is
 * @param lengths rising
 * @param units each with a value for each length, none 0
 */
record Curve(String name, double[] lengths, List<double[]> units) {

    /** The values at a length. */
    Estimate at(int length) {
        return Estimate.ofMean(units.stream().mapToDouble(unit -> unit[length]).toArray());
    }

    /** The slope of its logarithm against that of the length, over lengths from one on. */
    Estimate slope(double from) {
        int[] chosen = IntStream.range(0, lengths.length)
                .filter(i -> lengths[i] >= from)
                .toArray();
        double[] x = IntStream.of(chosen).mapToDouble(i -> lengths[i]).toArray();
        return Estimate.ofMean(units.stream()
                .mapToDouble(unit -> Simulation.slope(
                        x, IntStream.of(chosen).mapToDouble(i -> unit[i]).toArray()))
                .toArray());
    }

    Series series(Series.Mark mark) {
        List<Series.Point> points = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            Estimate here = at(i);
            points.add(new Series.Point(lengths[i], here.value(), here.interval(), List.of()));
        }
        return new Series(name, mark, points);
    }
}
