package apportion.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Real texts beside the repository, in {@code shared/data}, or where APPORTION_SHARED (environment or system property)
 * says; a test that needs them is skipped where there are none.
 */
public final class SharedTexts {

    private SharedTexts() {}

    public static List<Path> files() {
        Optional<Path> folder = folder();
        Assumptions.assumeTrue(folder.isPresent(), "no shared/data beside the repository: nothing to compare on");
        try (Stream<Path> files = Files.list(folder.orElseThrow())) {
            return files.filter(file -> file.toString().endsWith(".txt"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Optional<Path> folder() {
        String named = System.getProperty("APPORTION_SHARED", System.getenv("APPORTION_SHARED"));
        Stream<Path> beside = Stream.iterate(
                        Optional.of(Path.of("").toAbsolutePath()),
                        Optional::isPresent,
                        path -> path.map(Path::getParent))
                .map(path -> path.orElseThrow().resolve("shared"));
        Stream<Path> candidates = named == null ? beside : Stream.of(Path.of(named));
        return candidates
                .map(shared -> shared.resolve("data"))
                .filter(Files::isDirectory)
                .findFirst();
    }
}
