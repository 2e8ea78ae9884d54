package apportion.spark.bench;

import apportion.model.compute.Precision;
import apportion.spark.bench.TrainReport.Side;
import java.util.List;
import java.util.Locale;

/**
 * The turns of one side.
 *
 * @param precision as configurations spell it
 */
record TrainTurns(String precision, List<TrainTurn> turns) {

    static String name(Precision precision) {
        return precision.name().toLowerCase(Locale.ROOT);
    }

    double productFlopsPerSecond() {
        return turns.stream()
                .mapToDouble(TrainTurn::productFlopsPerSecond)
                .max()
                .orElseThrow();
    }

    Side side(int warmUp) {
        Sample seconds = Sample.of(
                turns.stream().map(turn -> turn.medianStepSeconds(warmUp)).toList());
        return new Side(
                turns.get(turns.size() - 1).variant(),
                seconds.median(),
                seconds.spread(),
                productFlopsPerSecond(),
                turns.stream().mapToLong(TrainTurn::peakResidentBytes).min().orElseThrow(),
                turns.stream().mapToLong(TrainTurn::allocatedBytesPerStep).min().orElseThrow(),
                turns.get(turns.size() - 1).operationSeconds());
    }
}
