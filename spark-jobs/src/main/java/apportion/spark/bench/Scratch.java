package apportion.spark.bench;

import apportion.spark.failure.Failure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** A folder that lasts as long as a benchmark. */
final class Scratch {

    private Scratch() {}

    /** What is done in the folder. */
    interface Work<T> {
        T in(Path folder) throws IOException;
    }

    static <T> T with(Work<T> work) {
        try {
            Path folder = Files.createTempDirectory("apportion-bench");
            try {
                return work.in(folder);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new Failure("the benchmark could not keep its files: " + e.getMessage(), e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
