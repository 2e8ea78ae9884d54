package apportion.spark.bench;

import apportion.model.count.ModelCount;
import apportion.spark.bench.TrainReport.Row;
import apportion.spark.bench.TrainReport.Side;
import apportion.spark.failure.Failure;

/** Makes a row of the report of what both sides measured, once their losses are seen to agree. */
final class TrainComparison {

    /** Sums in another order are all that separates two runs in 32 bits; it grows with every update. */
    private static final double FLOAT_TOLERANCE = 1e-3;

    /** 8 bits of precision instead of 24. */
    private static final double OTHER_TOLERANCE = 1e-2;

    private TrainComparison() {}

    /**
     * Compares.
     *
     * @param productPeak operations a second of the fastest product in our precision
     */
    static Row row(TrainShape shape, TrainTurns ours, TrainTurns peer, double productPeak) {
        double lossDifference = lossDifference(shape, ours, peer);
        Side we = ours.side(shape.warmUp());
        Side they = peer.side(shape.warmUp());
        long flops = shape.batch() * ModelCount.of(shape.model()).trainingFlops();
        return new Row(
                shape.name(),
                ours.precision(),
                peer.precision(),
                shape.tokens() / we.secondsPerStep(),
                shape.tokens() / they.secondsPerStep(),
                they.secondsPerStep() / we.secondsPerStep(),
                flops / we.secondsPerStep() / productPeak,
                lossDifference,
                flops,
                we,
                they);
    }

    private static double lossDifference(TrainShape shape, TrainTurns ours, TrainTurns peer) {
        boolean bothFloat = ours.precision().equals("float") && peer.precision().equals("float");
        double tolerance = bothFloat ? FLOAT_TOLERANCE : OTHER_TOLERANCE;
        String what = shape.name() + ", " + ours.precision() + " beside the peer's " + peer.precision();
        double largest = 0;
        for (int round = 0; round < ours.turns().size(); round++) {
            double[] we = ours.turns().get(round).losses();
            double[] they = peer.turns().get(round).losses();
            largest = Math.max(largest, largestDifference(what, we, they, tolerance));
        }
        return largest;
    }

    /**
     * From the same weights and batches the losses must fall alike, as far as both sides came.
     *
     * @param tolerance relative to the peer's loss
     * @return the largest difference, relative to the peer's loss
     */
    static double largestDifference(String what, double[] ours, double[] peer, double tolerance) {
        double largest = 0;
        for (int step = 0; step < Math.min(ours.length, peer.length); step++) {
            double difference = Math.abs(ours[step] - peer[step]) / Math.abs(peer[step]);
            // So written that NaN is refused, too.
            if (!(difference <= tolerance)) {
                throw new Failure(what + ": before update " + (step + 1) + " our loss is " + ours[step]
                        + " and the peer's " + peer[step] + ", but they must agree to " + tolerance
                        + "; the two do not train the same model, so their speeds say nothing");
            }
            largest = Math.max(largest, difference);
        }
        requireFall(what + ": our loss", ours);
        requireFall(what + ": the peer's loss", peer);
        return largest;
    }

    private static void requireFall(String what, double[] losses) {
        double first = losses[0];
        double last = losses[losses.length - 1];
        if (last >= first) {
            throw new Failure(what + " went from " + first + " to " + last + ", but it must fall");
        }
    }
}
