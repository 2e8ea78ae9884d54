package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ConsoleTest {

    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    private String failed(String message) {
        PrintStream out = new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8);
        new Console(out, new PrintStream(err, false, StandardCharsets.UTF_8), false).failed(message, 2);
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void aNameFromAFileDoesNotSteerTheTerminal() {
        assertThat(failed("tensor \u001B[2J\u009B31m\u0007na\u00EFve: is missing\nsecond\tline"))
                .isEqualTo("apportion: tensor ?[2J?31m?na\u00EFve: is missing\napportion: second?line\n"
                        .replace("\n", System.lineSeparator()));
    }

    @Test
    void aNameFromAFileDoesNotFillTheTerminal() {
        assertThat(failed("tensor " + "x".repeat(1_000_000) + ": is missing")).hasSizeLessThan(5000);
    }
}
