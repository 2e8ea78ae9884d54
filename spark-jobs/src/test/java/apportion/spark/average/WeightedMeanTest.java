package apportion.spark.average;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import apportion.spark.average.Encoded.Encoding;
import apportion.spark.train.LocalSpark;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

final class WeightedMeanTest {

    private static List<Weighted> replicas(int count, int length) {
        Random random = new Random(count);
        List<Weighted> replicas = new ArrayList<>();
        for (int replica = 0; replica < count; replica++) {
            float[] vector = new float[length];
            for (int i = 0; i < length; i++) {
                vector[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8) - 4));
            }
            replicas.add(new Weighted(replica, 1 + random.nextInt(1000), vector));
        }
        return replicas;
    }

    @Test
    void itIsTheSumOfSharesByWeight() {
        List<Weighted> replicas = replicas(5, 50);
        long total = replicas.stream().mapToLong(Weighted::weight).sum();

        float[] mean = WeightedMean.of(replicas).vector();

        for (int i = 0; i < 50; i++) {
            double naive = 0;
            for (Weighted replica : replicas) {
                naive += (double) replica.weight() * replica.vector().decode()[i];
            }
            assertThat(mean[i]).isCloseTo((float) (naive / total), within(1e-6f * (1 + Math.abs(mean[i]))));
        }
        assertThat(WeightedMean.of(List.of(new Weighted(0, 1, new float[] {0}), new Weighted(1, 3, new float[] {8})))
                        .vector())
                .containsExactly(6);
    }

    @Test
    void theOrderOfArrivalDoesNotMatterToABit() {
        List<Weighted> replicas = replicas(7, 100);
        float[] mean = WeightedMean.of(replicas).vector();
        for (int seed = 0; seed < 20; seed++) {
            Collections.shuffle(replicas, new Random(seed));
            assertThat(WeightedMean.of(replicas).vector()).isEqualTo(mean);
        }
    }

    @Test
    void oneReplicaIsItsOwnMeanBitForBit() {
        float[] vector = {-0.0f, 0.0f, Float.MIN_VALUE, Float.MAX_VALUE, 1e-30f, -3.3f};
        Mean of = WeightedMean.of(List.of(new Weighted(0, 12345, vector)));
        float[] mean = of.vector();
        assertThat(of.divergence()).isZero();
        for (int i = 0; i < vector.length; i++) {
            assertThat(Float.floatToRawIntBits(mean[i])).isEqualTo(Float.floatToRawIntBits(vector[i]));
        }
    }

    @Test
    void equalReplicasAreTheirMean() {
        List<Weighted> replicas = new ArrayList<>();
        float[] vector = replicas(1, 1000).get(0).vector().decode();
        for (int replica = 0; replica < 3; replica++) {
            replicas.add(new Weighted(replica, 7 + replica, vector));
        }
        assertThat(WeightedMean.of(replicas).vector()).isEqualTo(vector);
    }

    @Test
    void theSpreadIsTheMeanSquaredDistanceByWeight() {
        // The mean is (3, 4): the first lies 5 away, the second 5/3.
        Mean mean = WeightedMean.of(List.of(
                new Weighted(0, 1, new float[] {0, 0}), new Weighted(1, 3, new float[] {4, 16f / 3})));
        assertThat(mean.spread()).isCloseTo((25 + 3 * 25.0 / 9) / 4, within(1e-6));
        assertThat(mean.divergence()).isCloseTo(Math.sqrt((25 + 3 * 25.0 / 9) / 4) / 5, within(1e-6));
    }

    @Test
    void whereNobodyHasSeenAnythingAllCountTheSame() {
        assertThat(WeightedMean.of(List.of(new Weighted(0, 0, new float[] {1}), new Weighted(1, 0, new float[] {3})))
                        .vector())
                .containsExactly(2);
        assertThatThrownBy(() -> new Weighted(2, -1, new float[0])).hasMessageContaining("replica 2 weighs -1");
    }

    @Test
    void slicesOnExecutorsGiveTheSameBits() {
        try (JavaSparkContext spark = LocalSpark.start("local[2]")) {
            for (int[] shape : new int[][] {{1, 10}, {3, 100}, {5, 3}, {3, 5000}, {4, 300_000}}) {
                Encoding encoding = shape[1] < 1000 ? Encoding.FLOAT : shape[0] == 3 ? Encoding.FLOAT16 : Encoding.INT8;
                List<Weighted> replicas = replicas(shape[0], shape[1]).stream()
                        .map(each -> new Weighted(
                                each.replica(),
                                each.weight(),
                                encoding.encode(each.vector().decode())))
                        .toList();
                Mean sliced = WeightedMean.of(spark.parallelize(replicas, shape[0]), shape[1]);
                Mean whole = WeightedMean.of(replicas);
                assertThat(sliced.vector()).isEqualTo(whole.vector());
                assertThat(sliced.spread()).isCloseTo(whole.spread(), within(1e-9 * whole.spread()));
                Mean piecemeal = WeightedMean.of(spark.parallelize(replicas, shape[0]), shape[1], 30_000);
                assertThat(piecemeal.vector()).isEqualTo(whole.vector());
                assertThat(piecemeal.spread()).isCloseTo(whole.spread(), within(1e-9 * whole.spread()));
            }
        }
    }
}
