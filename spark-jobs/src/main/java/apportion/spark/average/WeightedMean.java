package apportion.spark.average;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import scala.Tuple2;

/** A weighted mean that is being added up. */
public final class WeightedMean {

    /**
     * Numbers that all replicas together may send to the driver: 128 MB. Fewer are averaged there; more are averaged on
     * the executors, as a driver should not hold them, though the shuffle that this takes costs more still: 1.8 s for
     * two vectors of ten million numbers, where the driver takes 0.2 s. The bits are the same.
     */
    public static final long MOST_ON_DRIVER = 1 << 25;

    /**
     * Numbers that the driver receives from one job: 256 MB, well below {@code spark.driver.maxResultSize} (1 GiB
     * unless it is set). Longer vectors come in slices, one job after the other.
     */
    public static final int MOST_AT_ONCE = 1 << 26;

    /** Numbers of a slice that are worth a task. */
    private static final int LEAST_SLICE = 1 << 16;

    /** Numbers that are averaged at once: so few that their sums stay in the processor's cache. */
    private static final int PIECE = 1 << 12;

    private final double[] sum;
    private final double total;
    private final int replicas;

    /**
     * A mean of nothing yet.
     *
     * @param length of the vectors
     * @param weights of all replicas; if all are 0, each counts the same
     */
    public WeightedMean(int length, long[] weights) {
        this.sum = new double[length];
        this.total = Arrays.stream(weights).sum();
        this.replicas = weights.length;
        // Not 0: -0.0 + x is x for every x, so that a single vector comes out bit for bit.
        Arrays.fill(sum, -0.0);
    }

    private double share(long weight) {
        return total == 0 ? 1.0 / replicas : weight / total;
    }

    /** Adds a replica's vector; the order of calls decides the last bits. */
    public void add(long weight, float[] vector) {
        double share = share(weight);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += share * vector[i];
        }
    }

    /** Adds a replica's vector; the order of calls decides the last bits. */
    public void add(long weight, double[] vector) {
        double share = share(weight);
        for (int i = 0; i < sum.length; i++) {
            sum[i] += share * vector[i];
        }
    }

    /** The mean in double precision. */
    public double[] doubles() {
        return sum.clone();
    }

    /** The mean in single precision. */
    public float[] floats() {
        float[] mean = new float[sum.length];
        for (int i = 0; i < mean.length; i++) {
            mean[i] = (float) sum[i];
        }
        return mean;
    }

    /** The mean of vectors in any order. */
    public static Mean of(List<Weighted> unordered) {
        List<Weighted> replicas = new ArrayList<>(unordered);
        replicas.sort(Comparator.comparingInt(Weighted::replica));
        long[] weights = replicas.stream().mapToLong(Weighted::weight).toArray();
        float[][] vectors =
                replicas.stream().map(replica -> replica.vector().decode()).toArray(float[][]::new);
        float[] mean = new float[vectors[0].length];
        double[] squares = new double[weights.length];
        WeightedMean piece = new WeightedMean(Math.min(PIECE, mean.length), weights);
        for (int from = 0; from < mean.length; from += PIECE) {
            piece.average(vectors, weights, from, mean);
            for (int replica = 0; replica < squares.length; replica++) {
                squares[replica] += squaredDistance(vectors[replica], mean, from, Math.min(from + PIECE, mean.length));
            }
        }
        double spread = 0;
        for (int replica = 0; replica < squares.length; replica++) {
            spread += piece.share(weights[replica]) * squares[replica];
        }
        return new Mean(mean, spread);
    }

    /** The mean of as many numbers as this sum has, or of those that are left. */
    private void average(float[][] vectors, long[] weights, int from, float[] mean) {
        int length = Math.min(sum.length, mean.length - from);
        Arrays.fill(sum, -0.0);
        for (int replica = 0; replica < weights.length; replica++) {
            double share = share(weights[replica]);
            float[] vector = vectors[replica];
            for (int i = 0; i < length; i++) {
                sum[i] += share * vector[from + i];
            }
        }
        for (int i = 0; i < length; i++) {
            mean[from + i] = (float) sum[i];
        }
    }

    private static double squaredDistance(float[] a, float[] b, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            double difference = (double) a[i] - b[i];
            sum += difference * difference;
        }
        return sum;
    }

    /** {@link #of(JavaRDD, int, int)} with {@link #MOST_AT_ONCE}. */
    public static Mean of(JavaRDD<Weighted> replicas, int length) {
        return of(replicas, length, MOST_AT_ONCE);
    }

    /**
     * The mean of vectors where they are, slice by slice: the driver receives one vector, whatever their number.
     *
     * @param length of each vector
     * @param most numbers that the driver receives from one job, unless a single slice has more
     */
    static Mean of(JavaRDD<Weighted> replicas, int length, int most) {
        // More would make a shuffle of a great many small blocks: one from each replica to each slice.
        int tasks = Math.min(replicas.getNumPartitions(), 1 + length / LEAST_SLICE);
        int slices = Math.max(tasks, (int) (((long) length + most - 1) / most));
        JavaPairRDD<Integer, Mean> means = replicas.flatMapToPair(replica -> slices(replica, slices))
                .groupByKey(slices)
                .mapValues(pieces -> {
                    List<Weighted> slice = new ArrayList<>();
                    pieces.forEach(slice::add);
                    return of(slice);
                });
        float[] all = new float[length];
        double spread = 0;
        for (int first = 0; first < slices; ) {
            int last = lastAtOnce(first, slices, length, most);
            // The shuffle happens once; a slice lies in the partition of its number.
            List<Tuple2<Integer, Mean>>[] some =
                    means.collectPartitions(IntStream.range(first, last).toArray());
            for (List<Tuple2<Integer, Mean>> partition : some) {
                for (Tuple2<Integer, Mean> mean : partition) {
                    float[] slice = mean._2().vector();
                    System.arraycopy(slice, 0, all, start(mean._1(), slices, length), slice.length);
                    spread += mean._2().spread();
                }
            }
            first = last;
        }
        return new Mean(all, spread);
    }

    /** The slice behind the last one that may come together with a first one. */
    private static int lastAtOnce(int first, int slices, int length, int most) {
        int last = first + 1;
        while (last < slices && start(last + 1, slices, length) - start(first, slices, length) <= most) {
            last++;
        }
        return last;
    }

    /** One after the other, as each is a copy. */
    private static Iterator<Tuple2<Integer, Weighted>> slices(Weighted replica, int slices) {
        int length = replica.vector().length();
        return IntStream.range(0, slices)
                .mapToObj(slice -> new Tuple2<>(
                        slice,
                        new Weighted(
                                replica.replica(),
                                replica.weight(),
                                replica.vector()
                                        .slice(start(slice, slices, length), start(slice + 1, slices, length)))))
                .iterator();
    }

    /** Slices begin where blocks do. */
    private static int start(int slice, int slices, int length) {
        return slice == slices ? length : (int) ((long) slice * length / slices) / Encoded.BLOCK * Encoded.BLOCK;
    }
}
