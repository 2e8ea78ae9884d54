package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.dataset.Dataset;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SequenceOrderTest {

    @TempDir
    private Path folder;

    /** Rows of four tokens, each of which occurs once. */
    private Dataset dataset(int rows, int partRows) {
        return dataset("dataset", rows, partRows);
    }

    private Dataset dataset(String name, int rows, int partRows) {
        List<String> texts = IntStream.range(0, rows)
                .mapToObj(i -> "" + (char) ('0' + i / 64) + (char) ('0' + i % 64) + "x")
                .toList();
        return TinyDataset.write(folder.resolve(name), texts, List.of("abcdefgh"), 3, partRows);
    }

    private static Allotment allotment(Dataset dataset, int replicas) {
        return Allotment.fresh(dataset.manifest().train().sequences(), replicas);
    }

    private static List<List<Integer>> epoch(Dataset dataset, long seed, int replica, int replicas, long epoch) {
        SequenceOrder order = new SequenceOrder(dataset, seed, replica, allotment(dataset, replicas));
        long sequences = dataset.manifest().train().sequences();
        long count = (replica + 1) * sequences / replicas - replica * sequences / replicas;
        return LongStream.range(epoch * count, (epoch + 1) * count)
                .mapToObj(order::at)
                .map(row -> Arrays.stream(row).boxed().toList())
                .toList();
    }

    @ParameterizedTest
    @CsvSource({"10, 1, 3", "10, 3, 4", "10, 10, 4", "97, 4, 10", "64, 5, 64", "33, 32, 1"})
    void everySequenceIsReadOncePerEpoch(int rows, int replicas, int partRows) {
        Dataset dataset = dataset(rows, partRows);
        for (int epoch : new int[] {0, 1, 7}) {
            List<List<Integer>> read = new ArrayList<>();
            for (int replica = 0; replica < replicas; replica++) {
                read.addAll(epoch(dataset, 5, replica, replicas, epoch));
            }
            assertThat(read).hasSize(rows).doesNotHaveDuplicates();
        }
    }

    @Test
    void theOrderFollowsFromSeedAndEpochAlone() {
        Dataset dataset = dataset(40, 20);
        List<List<Integer>> first = epoch(dataset, 1, 0, 1, 0);

        assertThat(epoch(dataset, 1, 0, 1, 0)).isEqualTo(first);
        assertThat(epoch(dataset, 1, 0, 1, 1)).isNotEqualTo(first);
        assertThat(epoch(dataset, 2, 0, 1, 0)).isNotEqualTo(first);
        assertThat(new SequenceOrder(dataset, 1, 0, allotment(dataset, 1)).at(17))
                .isEqualTo(new SequenceOrder(dataset, 1, 0, allotment(dataset, 1)).at(17));
    }

    @Test
    void partsAreShuffledEachInItsOwnWay() {
        Dataset dataset = dataset(128, 64);
        List<List<Integer>> order = epoch(dataset, 1, 0, 1, 0);
        List<Integer> halves = new ArrayList<>();
        for (int half = 0; half < 2; half++) {
            List<Integer> places = order.subList(half * 64, (half + 1) * 64).stream()
                    .map(row -> row.get(1))
                    .toList();
            assertThat(places)
                    .doesNotHaveDuplicates()
                    .isNotEqualTo(places.stream().sorted().toList());
            halves.add(places.hashCode());
        }
        assertThat(halves.get(0)).isNotEqualTo(halves.get(1));
    }

    @Test
    void aPartThatIsMissingIsToldToWhoeverNeedsItAndReadOnceItIsThere() throws IOException {
        Dataset dataset = dataset("dataset", 20, 10);
        int firstRow = new SequenceOrder(dataset("peek", 20, 10), 1, 0, allotment(dataset, 1)).at(0)[1] - '0';
        Path next = folder.resolve("dataset/train/train-0000" + (firstRow < 10 ? 1 : 0) + ".parquet");
        Path away = folder.resolve("away");
        Files.move(next, away);
        SequenceOrder order = new SequenceOrder(dataset, 1, 0, allotment(dataset, 1));

        assertThat(order.at(0)).hasSize(4);
        assertThatThrownBy(() -> order.at(10))
                .isInstanceOf(UserError.class)
                .hasMessageContaining(next.getFileName() + " is missing");
        Files.move(away, next);
        assertThat(order.at(10)).hasSize(4);
    }
}
