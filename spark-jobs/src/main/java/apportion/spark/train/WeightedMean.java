package apportion.spark.train;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/**
 * The mean of the replicas' parameters, weighted by the tokens that each predicted.
 *
 * <p>Computed in slices on the executors, each slice in the order of the replicas and in 64 bits, so that neither
 * scheduling nor retries can change a bit of it. The driver receives one vector, whatever the number of replicas. The
 * mean of one replica is that replica.
 */
final class WeightedMean {

    private WeightedMean() {}

    private record Piece(int replica, long weight, float[] numbers) implements Serializable {}

    /** A replica's vector and its weight. */
    record Weighted(int replica, long weight, float[] vector) implements Serializable {}

    static float[] of(JavaRDD<Weighted> replicas, int length) {
        int slices = replicas.getNumPartitions();
        if (slices == 1) {
            return replicas.first().vector;
        }
        List<Tuple2<Integer, float[]>> means = replicas.flatMapToPair(
                        replica -> pieces(replica, slices).iterator())
                .groupByKey(slices)
                .mapValues(WeightedMean::mean)
                .collect();
        float[] all = new float[length];
        for (Tuple2<Integer, float[]> mean : means) {
            System.arraycopy(mean._2(), 0, all, start(mean._1(), slices, length), mean._2().length);
        }
        return all;
    }

    private static List<Tuple2<Integer, Piece>> pieces(Weighted replica, int slices) {
        List<Tuple2<Integer, Piece>> pieces = new ArrayList<>();
        int length = replica.vector.length;
        for (int slice = 0; slice < slices; slice++) {
            int from = start(slice, slices, length);
            float[] numbers = new float[start(slice + 1, slices, length) - from];
            System.arraycopy(replica.vector, from, numbers, 0, numbers.length);
            pieces.add(new Tuple2<>(slice, new Piece(replica.replica, replica.weight, numbers)));
        }
        return pieces;
    }

    private static int start(int slice, int slices, int length) {
        return (int) ((long) slice * length / slices);
    }

    private static float[] mean(Iterable<Piece> unordered) {
        List<Piece> pieces = new ArrayList<>();
        unordered.forEach(pieces::add);
        pieces.sort(Comparator.comparingInt(Piece::replica));
        double total = pieces.stream().mapToLong(Piece::weight).sum();
        double[] sum = new double[pieces.get(0).numbers.length];
        for (Piece piece : pieces) {
            double share = piece.weight / total;
            for (int i = 0; i < sum.length; i++) {
                sum[i] += share * piece.numbers[i];
            }
        }
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) sum[i];
        }
        return mean;
    }
}
