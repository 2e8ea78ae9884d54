package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;

/** What a command line came to, run in this process. */
record Ran(int exitCode, String out, String err) {

    /** Runs {@code apportion} with the texts of some arguments. */
    static Ran of(Object... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Cli.run(
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                Stream.of(arguments).map(Object::toString).toArray(String[]::new));
        return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    /** The object on the last line of its output, if all went well. */
    JsonNode json() throws IOException {
        assertThat(exitCode).as(err).isZero();
        return new ObjectMapper().readTree(out.strip().substring(out.strip().lastIndexOf('\n') + 1));
    }
}
