package apportion.spark.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.model.checkpoint.Checkpoints;
import apportion.spark.dataset.Dataset;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import apportion.spark.storage.Storage;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of a run, and of its dataset, that are no longer what was written. */
final class DamagedRunTest {

    private static final JavaSparkContext SPARK = LocalSpark.start("local[1]");
    private static final Storage STORAGE = Storage.withDefaults();

    @TempDir
    private Path folder;

    private Dataset dataset;

    /** What became of a file. */
    enum Damage {
        MISSING {
            @Override
            void to(Path file, Random random) throws IOException {
                Files.delete(file);
            }
        },
        EMPTY {
            @Override
            void to(Path file, Random random) throws IOException {
                Files.write(file, new byte[0]);
            }
        },
        TORN {
            @Override
            void to(Path file, Random random) throws IOException {
                byte[] whole = Files.readAllBytes(file);
                Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length)));
            }
        },
        FLIPPED {
            @Override
            void to(Path file, Random random) throws IOException {
                byte[] bytes = Files.readAllBytes(file);
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(file, bytes);
            }
        },
        DIRECTORY {
            @Override
            void to(Path file, Random random) throws IOException {
                Files.delete(file);
                Files.createDirectory(file);
            }
        };

        abstract void to(Path file, Random random) throws IOException;
    }

    @BeforeEach
    void writeDataset() {
        dataset = TinyDataset.write(folder.resolve("dataset"), texts(12), texts(3), 8, 100);
    }

    @AfterAll
    static void stop() {
        SPARK.stop();
    }

    private static List<String> texts(int count) {
        return IntStream.range(0, count).mapToObj(i -> "text " + i * i).toList();
    }

    private static TrainResult train(Dataset dataset, Path output, long steps) {
        TinyRun run = TinyRun.with(1, 1);
        run.batch = 1;
        run.steps = steps;
        run.checkpointEvery = 1;
        run.evaluateEvery = 2;
        return TrainJob.run(SPARK, STORAGE, run.plan(dataset, output), Progress.SILENT);
    }

    private static Ended ended(Path output, TrainResult result) {
        return Ended.of(STORAGE, output.toString(), result);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.walkFileTree(from, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                Files.createDirectories(to.resolve(from.relativize(directory)));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.copy(file, to.resolve(from.relativize(file)));
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.safetensors", "optimizer.safetensors", "state.json", "config.json", "manifest.json"})
    void aDamagedCheckpointIsNamedAndTheOneBeforeGoesOnToTheSameBits(String name) throws IOException {
        Path whole = folder.resolve("whole");
        Ended expected = ended(whole, train(dataset, whole, 3));
        Random random = new Random(name.hashCode());
        for (Damage damage : Damage.values()) {
            Path run = folder.resolve(damage.name());
            copy(whole, run);
            damage.to(run.resolve("round-000003").resolve(name), random);

            try (Warnings warnings = new Warnings()) {
                assertThat(ended(run, train(dataset, run, 3))).as("%s", damage).isEqualTo(expected);
                assertThat(warnings.lines)
                        .as("%s", damage)
                        .singleElement()
                        .asString()
                        .contains("round-000003", "skipped: ", name)
                        .doesNotContain("\n");
            }
        }
    }

    @Test
    void whereAllCheckpointsAreDamagedTheRunSaysSoAndTouchesNothing() throws IOException {
        Path run = folder.resolve("run");
        train(dataset, run, 3);
        Random random = new Random(5);
        Damage.FLIPPED.to(run.resolve("round-000002/model.safetensors"), random);
        Damage.TORN.to(run.resolve("round-000003/optimizer.safetensors"), random);

        assertThatThrownBy(() -> train(dataset, run, 3))
                .isInstanceOf(Failure.class)
                .hasMessageMatching("no checkpoint of \\S+ can be read \\(\\S+round-000003/optimizer.safetensors: has"
                        + " \\d+ bytes, but the manifest says \\d+; use another checkpoint\\); delete the directory to"
                        + " begin anew")
                .satisfies(e -> assertThat(((Failure) e).exitCode()).isEqualTo(1));
        assertThat(run.resolve("round-000002")).exists();
        assertThat(run.resolve("round-000003")).exists();
    }

    /** A disk that was full, or a driver that was killed, within a line. */
    @Test
    void halfALineOfMetricsIsWrittenAgain() throws IOException {
        Path whole = folder.resolve("whole");
        Ended expected = ended(whole, train(dataset, whole, 3));
        List<String> lines = Files.readAllLines(whole.resolve(TrainJob.METRICS));
        for (String half : List.of("{", lines.get(2).substring(0, 40), lines.get(2))) {
            Path run = folder.resolve("half-" + half.length());
            copy(whole, run);
            deleteAll(run.resolve("round-000003"));
            Files.writeString(run.resolve(TrainJob.METRICS), String.join("\n", lines.subList(0, 2)) + "\n" + half);

            assertThat(ended(run, train(dataset, run, 3))).isEqualTo(expected);
        }
    }

    private static void deleteAll(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void aDamagedPartIsNamedAndTheRunGoesOnOnceItIsBack(Damage damage) throws IOException {
        assertEndedByPart(damage.name(), "train/train-00000.parquet", file -> damage.to(file, new Random(7)));
    }

    @ParameterizedTest
    @EnumSource(Damage.class)
    void aDamagedPartOfTheValidationSplitIsNamed(Damage damage) throws IOException {
        assertEndedByPart(damage.name(), "validation/validation-00000.parquet", file -> damage.to(file, new Random(8)));
    }

    @Test
    void aWholePartOfFewerRowsIsNotTheOneThatWasPrepared() throws IOException {
        TinyDataset.write(folder.resolve("fewer"), texts(6), texts(3), 8, 100);
        String part = "train/train-00000.parquet";
        assertEndedByPart("fewer-rows", part, file -> {
            Files.delete(file);
            Files.copy(folder.resolve("fewer").resolve(part), file);
        });
    }

    private interface Change {
        void to(Path file) throws IOException;
    }

    private void assertEndedByPart(String name, String part, Change change) throws IOException {
        Path unbroken = folder.resolve("unbroken");
        Ended expected = ended(unbroken, train(dataset, unbroken, 4));
        Path damaged = folder.resolve("damaged-" + name);
        copy(folder.resolve("dataset"), damaged);
        change.to(damaged.resolve(part));
        // The same run, by its identity, on a copy of the dataset: no part of it is in memory.
        Dataset copy = Dataset.open(STORAGE, damaged.toString());
        Path run = folder.resolve("run");
        copy(unbroken, run);
        deleteAll(run.resolve("round-000004"));

        assertThatThrownBy(() -> train(copy, run, 4))
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith("file:" + damaged.resolve(part))
                .hasMessageMatching(".*; delete the dataset and rerun prepare|.* is a directory, but must be a file.*");
        Checkpoints.Search left = new Checkpoints(STORAGE.checkpoints(), run.toString()).newest();
        assertThat(left.skipped()).isEmpty();
        assertThat(left.newest().orElseThrow().state().round()).isEqualTo(3);
        assertThat(ended(run, train(dataset, run, 4))).isEqualTo(expected);
    }

    /** Warnings of training, as long as it is open. */
    private static final class Warnings extends AbstractAppender implements AutoCloseable {

        private final List<String> lines = new ArrayList<>();
        private final Logger logger = (Logger) LogManager.getLogger(TrainJob.class);

        Warnings() {
            super("warnings", null, null, false, Property.EMPTY_ARRAY);
            start();
            logger.addAppender(this);
        }

        @Override
        public void append(LogEvent event) {
            if (event.getLevel().equals(Level.WARN)) {
                lines.add(event.getMessage().getFormattedMessage());
            }
        }

        @Override
        public void close() {
            logger.removeAppender(this);
        }
    }
}
