package apportion.spark.bench;

import apportion.spark.bench.RoundsReport.Row;
import apportion.spark.bench.RoundsReport.Side;
import apportion.spark.bench.RoundsTask.Bytes;
import apportion.spark.bench.RoundsTask.Fit;
import java.util.Comparator;
import java.util.List;

/** Makes a row of the report of what a process measured. */
final class RoundsComparison {

    /** Mini-batches between two averages at which speeds are compared. */
    static final int FREQUENCY = 5;

    private RoundsComparison() {}

    static Row row(RoundsTask task, RoundsTask.Result result) {
        List<Side> sides =
                result.bytes().stream().map(bytes -> side(task, result, bytes)).toList();
        Side ours = sides.get(0);
        List<Side> others = sides.subList(1, sides.size());
        Side cheapest = others.stream()
                .min(Comparator.comparingDouble(Side::secondsPerRound))
                .orElseThrow();
        Side fastest = others.stream()
                .max(Comparator.comparingDouble(Side::tokensPerSecond))
                .orElseThrow();
        return new Row(
                task.network().name(),
                result.parameters(),
                cheapest.secondsPerRound() / ours.secondsPerRound(),
                ours.tokensPerSecond() / fastest.tokensPerSecond(),
                result.parameterDifference(),
                ours,
                others,
                result.options().stream()
                        .map(option -> new RoundsReport.Option(option.side(), option.seconds()))
                        .toList());
    }

    private static Side side(RoundsTask task, RoundsTask.Result result, Bytes bytes) {
        List<Fit> fits = result.fits().stream()
                .filter(fit -> fit.side().equals(bytes.side()))
                .toList();
        double[] rounds = new double[task.frequencies().size()];
        double[] seconds = new double[rounds.length];
        for (int i = 0; i < rounds.length; i++) {
            int frequency = task.frequencies().get(i);
            rounds[i] = (double) task.batches() / frequency;
            seconds[i] = at(fits, frequency).median();
        }
        long tokens = (long) task.workers() * task.batches() * task.network().tokens();
        // One vector to each worker and one from it, in floats.
        double floor = 8.0 * task.workers() * result.parameters();
        return new Side(
                bytes.side(),
                LeastSquares.slope(rounds, seconds),
                tokens / at(fits, FREQUENCY).median(),
                at(fits, FREQUENCY).spread(),
                bytes.down(),
                bytes.up(),
                (task.workers() * bytes.down() + bytes.up()) / floor,
                fits.stream().mapToDouble(Fit::scoreAfter).average().orElseThrow());
    }

    private static Sample at(List<Fit> fits, int frequency) {
        return Sample.of(fits.stream()
                .filter(fit -> fit.frequency() == frequency)
                .map(Fit::seconds)
                .toList());
    }
}
