package apportion.spark.bench;

import java.util.List;
import java.util.Map;

/**
 * What {@code bench train} found.
 *
 * @param threads that each side computed with
 * @param rounds turns that each side had; medians are over them
 */
public record TrainReport(int threads, int rounds, List<Row> shapes) {

    /**
     * One shape in one precision of ours beside one of the peer's.
     *
     * @param ratio our tokens a second to the peer's; above 1 we are faster
     * @param shareOfProductPeak of ours: the model's floating-point operations a second, as a share of those of the
     *     fastest matrix product that either side reached in our precision in this run
     * @param lossDifference largest difference of the losses before the same step, relative to the peer's
     * @param flopsPerStep counted by {@link apportion.model.count.ModelCount}: matrix products alone
     */
    public record Row(
            String name,
            String precision,
            String peerPrecision,
            double tokensPerSecond,
            double peerTokensPerSecond,
            double ratio,
            double shareOfProductPeak,
            double lossDifference,
            long flopsPerStep,
            Side ours,
            Side peer) {}

    /**
     * What there is to say of either side.
     *
     * @param variant the backend of ours; of the peer's ways to compute the fastest
     * @param secondsPerStep median over the rounds of each round's median
     * @param spread of the rounds' medians: largest less least, as a share of the median
     * @param productFlopsPerSecond of the fastest matrix product that it reached
     * @param peakResidentBytes most memory that its process held; the least of the rounds
     * @param allocatedBytesPerStep on the Java heap; the least of the rounds
     * @param operationSeconds of a step in the last round, by our backend's operations; empty for the peer
     */
    public record Side(
            String variant,
            double secondsPerStep,
            double spread,
            double productFlopsPerSecond,
            long peakResidentBytes,
            long allocatedBytesPerStep,
            Map<String, Double> operationSeconds) {}
}
