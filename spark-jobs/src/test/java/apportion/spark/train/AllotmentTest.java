package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.train.Allotment.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class AllotmentTest {

    @Test
    void replicasReadNeighbours() {
        Allotment allotment = Allotment.fresh(10, 3);
        assertThat(LongStream.range(0, 8)
                        .mapToObj(cursor -> allotment.at(1, cursor).epoch() * 100
                                + allotment.at(1, cursor).index()))
                .containsExactly(3L, 4L, 5L, 103L, 104L, 105L, 203L, 204L);
        assertThat(allotment.isFresh()).isTrue();
    }

    /** Replicas come and go at random; each epoch that all have left behind was read as a whole, and once. */
    @Test
    void whoeverReadsEverySequenceIsReadOncePerEpoch() {
        for (int seed = 0; seed < 60; seed++) {
            Random random = new Random(seed);
            int sequences = 7 + random.nextInt(60);
            Allotment allotment = Allotment.fresh(sequences, 1 + random.nextInt(6));
            Map<Long, List<Long>> read = new TreeMap<>();
            for (int change = 0; change < 8; change++) {
                List<Long> cursors = new ArrayList<>();
                long steps = random.nextInt(40);
                for (int replica = 0; replica < allotment.replicas(); replica++) {
                    for (long cursor = 0; cursor < steps; cursor++) {
                        Position at = allotment.at(replica, cursor);
                        read.computeIfAbsent(at.epoch(), epoch -> new ArrayList<>())
                                .add(at.index());
                    }
                    cursors.add(steps);
                }
                allotment = Allotment.fromJson(
                        allotment.among(1 + random.nextInt(6), cursors).toJson());
            }
            Allotment last = allotment;
            last.left()
                    .forEach(stretch -> LongStream.range(stretch.from(), stretch.from() + stretch.count())
                            .forEach(index -> read.computeIfAbsent(stretch.epoch(), epoch -> new ArrayList<>())
                                    .add(index)));
            assertThat(read.keySet()).allMatch(epoch -> epoch < last.epoch());
            for (List<Long> epoch : read.values()) {
                assertThat(epoch)
                        .containsExactlyInAnyOrderElementsOf(
                                LongStream.range(0, sequences).boxed().toList());
            }
        }
    }
}
