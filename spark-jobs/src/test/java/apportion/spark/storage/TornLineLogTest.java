package apportion.spark.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TornLineLogTest {

    @TempDir
    private Path folder;

    @Test
    void cutOffAtAnyByteALogKeepsItsFinishedLines() throws IOException {
        List<String> lines = List.of("{\"id\":\"a\"}", "", "na\u00EFve \uD83D\uDE00", "last");
        byte[] whole = (String.join("\n", lines) + "\n").getBytes(StandardCharsets.UTF_8);
        Path file = folder.resolve("ledger.jsonl");
        Storage storage = Storage.withDefaults();
        for (int length = 0; length <= whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            Files.write(file, cut);
            String text = new String(cut, StandardCharsets.UTF_8);
            List<String> finished =
                    lines.subList(0, (int) text.chars().filter(c -> c == '\n').count());

            LineLog log = storage.lineLog(file.toString());
            assertThat(log.lines()).as("the first " + length + " bytes").isEqualTo(finished);
            log.append("next");

            assertThat(storage.lineLog(file.toString()).lines())
                    .as("a line behind the first " + length + " bytes")
                    .isEqualTo(
                            Stream.concat(finished.stream(), Stream.of("next")).toList());
        }
    }
}
