package apportion.model.huggingface;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The directories that {@code src/test/python/hugging_face_models.py} wrote. */
final class Fixtures {

    static final List<String> ALL = List.of("gpt2", "llama-shards", "llama-bf16");

    private static final ObjectMapper JSON = new ObjectMapper();

    private Fixtures() {}

    static Path directory(String name) {
        return Path.of("src/test/resources/huggingface").resolve(name);
    }

    static JsonNode json(Path file) throws IOException {
        return JSON.readTree(file.toFile());
    }

    /** A copy that a test may spoil. */
    static Path copy(String name, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(directory(name))) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()));
            }
        }
        return to;
    }
}
