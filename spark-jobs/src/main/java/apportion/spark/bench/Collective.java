package apportion.spark.bench;

import apportion.spark.average.Encoded;
import apportion.spark.average.Weighted;
import apportion.spark.average.WeightedMean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.storage.StorageLevel;

/** A way to bring a vector to all workers or from them, timed without any training. */
public enum Collective {

    /** The driver's vector to a stage of {@code W} tasks. */
    PUBLISH {
        @Override
        void run(JavaSparkContext context, JavaRDD<Weighted> vectors, float[] vector) {
            Broadcast<float[]> sent = context.broadcast(vector);
            int length = vector.length;
            check(vectors.filter(each -> sent.value().length == length).count(), vectors.getNumPartitions());
            sent.destroy();
        }
    },

    /** Sums of neighbours, then of those, the last ones on the driver: Spark's {@code treeAggregate} of depth 2. */
    TREE {
        @Override
        void run(JavaSparkContext context, JavaRDD<Weighted> vectors, float[] vector) {
            float[] sum = vectors.map(each -> each.vector().decode())
                    .treeAggregate(new float[0], Collective::add, Collective::add, 2);
            check((long) sum[0], (long) vectors.getNumPartitions());
        }
    },

    /** As the train job averages small vectors: all of them on the driver. */
    DRIVER {
        @Override
        void run(JavaSparkContext context, JavaRDD<Weighted> vectors, float[] vector) {
            check((long) WeightedMean.of(vectors.collect()).vector()[0], 1);
        }
    },

    /** As the train job averages large vectors: slice by slice on the executors. */
    SLICES {
        @Override
        void run(JavaSparkContext context, JavaRDD<Weighted> vectors, float[] vector) {
            check((long) WeightedMean.of(vectors, vector.length).vector()[0], 1);
        }
    };

    private static final int REPEATS = 3;

    /** How the train job averages. */
    static Collective average(long workers, long numbers) {
        return workers * numbers <= WeightedMean.MOST_ON_DRIVER ? DRIVER : SLICES;
    }

    /** One call; every number of every vector is 1. */
    abstract void run(JavaSparkContext context, JavaRDD<Weighted> vectors, float[] vector);

    private static void check(long result, long expected) {
        if (result != expected) {
            throw new IllegalStateException("a collective gave " + result + ", but it must be " + expected);
        }
    }

    private static float[] add(float[] sum, float[] vector) {
        if (sum.length == 0) {
            // Not in place: this one belongs to Spark's memory.
            return vector.clone();
        }
        for (int i = 0; i < sum.length; i++) {
            sum[i] += vector[i];
        }
        return sum;
    }

    /**
     * Times.
     *
     * @param numbers {@code P}: of each vector
     * @param seconds median of some calls, after one that is not counted
     */
    record Times(Collective collective, int workers, int numbers, double seconds) {}

    private static float[] ones(int length) {
        float[] ones = new float[length];
        Arrays.fill(ones, 1);
        return ones;
    }

    /** Times all of them for one size, in turn. */
    static List<Times> time(JavaSparkContext context, int workers, int numbers) {
        JavaRDD<Weighted> vectors = context.parallelize(
                        IntStream.range(0, workers).boxed().toList(), workers)
                .map(worker -> new Weighted(worker, 1, new Encoded.Floats(ones(numbers))))
                .persist(StorageLevel.MEMORY_ONLY());
        vectors.count();
        float[] vector = ones(numbers);
        Map<Collective, List<Double>> seconds = new EnumMap<>(Collective.class);
        for (int repeat = -1; repeat < REPEATS; repeat++) {
            for (Collective collective : values()) {
                long start = System.nanoTime();
                collective.run(context, vectors, vector);
                if (repeat >= 0) {
                    seconds.computeIfAbsent(collective, none -> new ArrayList<>())
                            .add((System.nanoTime() - start) * 1e-9);
                }
            }
        }
        vectors.unpersist(true);
        List<Times> times = new ArrayList<>();
        seconds.forEach((collective, all) ->
                times.add(new Times(collective, workers, numbers, Sample.of(all).median())));
        return times;
    }
}
