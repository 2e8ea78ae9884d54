package apportion.spark.bench;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What {@code bench rounds} found.
 *
 * @param stock Deeplearning4j's master where it comes closest to ours, with its best options
 * @param ours beside it
 * @param roundCostRatio what a round costs beside its steps, theirs to ours; the least of all networks
 * @param throughputRatio our tokens a second to theirs, averaging every 5 mini-batches; the least of all networks
 * @param syncShare of the train job's rounds: part that is not spent in steps; null if no cluster was measured
 * @param cluster the train job on a cluster on this machine
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RoundsReport(
        Side stock,
        Side ours,
        double roundCostRatio,
        double throughputRatio,
        @Nullable Double syncShare,
        List<Row> networks,
        @Nullable ClusterReport cluster) {

    static RoundsReport of(List<Row> networks, @Nullable ClusterReport cluster) {
        Row closest = networks.stream()
                .min(Comparator.comparingDouble(Row::roundCostRatio))
                .orElseThrow();
        Side stock = closest.stock().stream()
                .min(Comparator.comparingDouble(Side::secondsPerRound))
                .orElseThrow();
        return new RoundsReport(
                stock,
                closest.ours(),
                closest.roundCostRatio(),
                networks.stream().mapToDouble(Row::throughputRatio).min().orElseThrow(),
                cluster == null ? null : cluster.syncShare(),
                networks,
                cluster);
    }

    /**
     * One network.
     *
     * @param parameterDifference largest difference of any parameter after rounds in which both do the same arithmetic
     * @param stock with the best of its options, each with and without saving the updater
     * @param options what all its options took in one fit, averaging every 5 mini-batches
     */
    public record Row(
            String network,
            long parameters,
            double roundCostRatio,
            double throughputRatio,
            double parameterDifference,
            Side ours,
            List<Side> stock,
            List<Option> options) {}

    /** One way to set the other master, and the seconds of a fit. */
    public record Option(String name, double seconds) {}

    /**
     * One side.
     *
     * @param secondsPerRound what one more round adds to a fit of equally many mini-batches
     * @param tokensPerSecond of both workers, averaging every 5 mini-batches
     * @param spread of the fits behind it: largest less least, as a share of the median
     * @param bytesDown to each executor in a round, as Spark packs them
     * @param bytesUp from all workers in a round
     * @param bytesToFloor those of all workers, to one vector of floats down and one up for each
     * @param loss mean after the fits
     */
    public record Side(
            String name,
            double secondsPerRound,
            double tokensPerSecond,
            double spread,
            double bytesDown,
            double bytesUp,
            double bytesToFloor,
            double loss) {}
}
