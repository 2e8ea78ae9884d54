package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.model.compute.Backends;
import apportion.model.compute.Precision;
import apportion.spark.compute.ComputeConfig;
import apportion.spark.dataset.Dataset;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five hundred rounds need no more than one hundred. */
final class LongRunTest {

    @TempDir
    private Path folder;

    /** A vector of the model's 8,900 parameters for each replica. */
    private static final long ROUND_BYTES = 2 * 4 * 8_900;

    /**
     * What the process holds between two rounds.
     *
     * @param heap bytes that survive a collection
     * @param outside bytes outside the heap that are in memory
     * @param broadcasts blocks of them in Spark's store
     * @param persisted RDDs
     */
    private record Held(long heap, long outside, int broadcasts, int persisted) {

        private static final Pattern MAPPING = Pattern.compile("([0-9a-f]+)-[0-9a-f]+ .*");

        /** Java's compressed references reach so far; the heap lies below, and all else above. */
        private static final long END_OF_HEAP = 32L << 30;

        static Held now(JavaSparkContext spark) {
            Held held = once(spark);
            // Spark cleans up behind the collector, on a thread of its own.
            for (int times = 0; times < 5; times++) {
                Held later = once(spark);
                held = new Held(
                        Math.min(held.heap, later.heap),
                        Math.min(held.outside, later.outside),
                        Math.min(held.broadcasts, later.broadcasts),
                        Math.min(held.persisted, later.persisted));
            }
            return held;
        }

        private static Held once(JavaSparkContext spark) {
            System.gc();
            try {
                Thread.sleep(30);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            Runtime java = Runtime.getRuntime();
            return new Held(
                    java.totalMemory() - java.freeMemory(),
                    outsideTheHeap(),
                    SparkEnv.get()
                            .blockManager()
                            .getMatchingBlockIds(block -> block.isBroadcast())
                            .size(),
                    spark.getPersistentRDDs().size());
        }

        /** What the kernel counts, mapping by mapping. */
        private static long outsideTheHeap() {
            long kilobytes = 0;
            boolean counts = false;
            try {
                for (String line : Files.readAllLines(Path.of("/proc/self/smaps"))) {
                    Matcher mapping = MAPPING.matcher(line);
                    if (mapping.matches()) {
                        counts = Long.parseUnsignedLong(mapping.group(1), 16) >= END_OF_HEAP;
                    } else if (counts && line.startsWith("Rss:")) {
                        kilobytes += Long.parseLong(line.replaceAll("\\D", ""));
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return kilobytes * 1024;
        }
    }

    @Test
    void memoryIsFlatFromRound100ToRound500() {
        List<String> texts =
                IntStream.range(0, 40).mapToObj(i -> "text " + i * i).toList();
        Dataset dataset = TinyDataset.write(folder.resolve("dataset"), texts, texts.subList(3, 6), 8, 30);
        TinyRun run = TinyRun.with(2, 1);
        run.batch = 1;
        run.steps = 500;
        run.checkpointEvery = 50;
        run.evaluateEvery = 50;
        TrainJob.Plan plan = run.plan(
                dataset, folder.resolve("run"), new ComputeConfig(Backends.Kind.AUTO, Precision.FLOAT, 1).resolved());
        Map<Integer, Held> held = new TreeMap<>();
        // Spark's own history of jobs would grow up to the thousandth.
        try (JavaSparkContext spark = LocalSpark.start(
                "local[2]", "spark.ui.retainedJobs=20", "spark.ui.retainedStages=20", "spark.ui.retainedTasks=100")) {
            Progress measuring = (name, total) -> {
                int[] done = {0};
                return (amount, note) -> {
                    done[0] += (int) amount;
                    if (done[0] % 100 == 0 && amount > 0) {
                        held.put(done[0], Held.now(spark));
                    }
                };
            };
            TrainJob.run(spark, Storage.withDefaults(), plan, measuring);
        }

        assertThat(held).containsOnlyKeys(100, 200, 300, 400, 500);
        Held early = Objects.requireNonNull(held.get(100));
        assertThat(held.values()).allSatisfy(later -> {
            assertThat(later.broadcasts).isEqualTo(early.broadcasts);
            assertThat(later.persisted).isEqualTo(early.persisted);
            assertThat(later.heap - early.heap).isLessThan(100 * ROUND_BYTES);
            assertThat(later.outside - early.outside).isLessThan(500 * ROUND_BYTES);
        });
    }
}
