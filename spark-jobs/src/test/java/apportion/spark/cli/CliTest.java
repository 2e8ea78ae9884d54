package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.conf.ModelSettings;
import apportion.spark.failure.Diverged;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;

final class CliTest {

    /** Does what real commands do, in miniature. */
    @Command(name = "train", description = "Trains.")
    private static final class Train extends JobCommand {

        private final Throwing job;

        Train(Throwing job) {
            this.job = job;
        }

        @Override
        Outcome run(Job with) throws Exception {
            ModelSettings model =
                    with.settings().bind("model", ModelSettings.class).get();
            try (var task = with.progress().begin("train", 2)) {
                task.step(2, "loss 1.5");
            }
            job.run();
            return new Outcome("trained " + model.layers() + " layers", Map.of("layers", model.layers()));
        }
    }

    private interface Throwing {
        void run() throws Exception;
    }

    private record Ran(int exitCode, String out, String err) {
        String lastLine() {
            return out.strip().substring(out.strip().lastIndexOf('\n') + 1);
        }

        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(lastLine());
        }
    }

    private static Ran run(Throwing job, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Cli.run(
                List.of(new Train(job)),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                arguments);
        return new Ran(exitCode, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
    }

    private static Ran run(String... arguments) {
        return run(() -> {}, arguments);
    }

    @Test
    void aFinishedCommandShowsItsTextAndEndsWithZero() {
        Ran ran = run("train", "--set", "model.layers=3");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).isEqualTo("trained 3 layers\n");
        assertThat(ran.err()).contains("train: 2 of 2 in 0 s, loss 1.5");
    }

    @Test
    void withJsonStdoutIsOneObject() throws IOException {
        Ran ran = run("train", "conf/quickstart.conf", "--json");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out().strip()).doesNotContain("\n");
        assertThat(ran.json().get("layers").asInt()).isEqualTo(2);
    }

    @Test
    void configurationProblemsAreTwoAndAllOfThemAreShown() {
        Ran ran = run("train", "--set", "model.layers=0", "--set", "model.widht=3");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err())
                .contains(
                        "apportion: --set model.layers=0: model.layers must be at least 1, got 0\n",
                        "model.widht is not a known key; did you mean model.width?\n")
                .doesNotContain("\tat ");
        assertThat(ran.out()).isEmpty();
    }

    @Test
    void anErrorIsJsonToo() throws IOException {
        Ran ran = run("train", "absent.conf", "--json");

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.json().get("error").asText()).startsWith("configuration absent.conf does not exist");
        assertThat(ran.json().get("exitCode").asInt()).isEqualTo(2);
    }

    @Test
    void everyFailureHasItsExitCodeAndOneMessage() {
        assertFailure(new UserError("mistake"), 2, "apportion: mistake");
        assertFailure(new Diverged(3, 1, "diverged in round 3"), 3, "apportion: diverged in round 3");
        assertFailure(new Failure("no space left"), 1, "apportion: no space left");
        assertFailure(
                new IllegalStateException("defect"), 1, "unexpected java.lang.IllegalStateException: defect; --debug");
    }

    @Test
    void aFailureInsideATaskIsFoundBeneathSparksOwn() {
        assertFailure(
                new SparkException("Job aborted", new RuntimeException(new UserError("bad byte"))),
                2,
                "apportion: bad byte");
    }

    private static void assertFailure(Exception thrown, int exitCode, String message) {
        Ran ran = run(
                () -> {
                    throw thrown;
                },
                "train");

        assertThat(ran.exitCode()).isEqualTo(exitCode);
        assertThat(ran.err()).contains(message).doesNotContain("\tat ");
    }

    @Test
    void debugShowsTheStackTrace() {
        Ran ran = run(
                () -> {
                    throw new IllegalStateException("defect");
                },
                "train",
                "--debug");

        assertThat(ran.err()).contains("\tat apportion.spark.cli.CliTest");
    }

    @Test
    void aNearMissIsSuggested() {
        assertThat(run("trian").err())
                .isEqualTo("apportion: unmatched argument at index 0: 'trian'; did you mean train?\n");
        assertThat(run("train", "--jsn").err()).contains("did you mean --json?");
        assertThat(run("train", "a.conf", "b.conf").err()).contains("b.conf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "zzz", "train --zzz", "train --set", "--zzz"})
    void aWrongCommandLineIsTwo(String line) {
        Ran ran = run(line.isEmpty() ? new String[0] : line.split(" "));

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err()).startsWith("apportion: ").doesNotContain("\tat ");
    }

    @Test
    void helpNamesEveryCommandTheExitCodesAndExamples() {
        Ran ran = run("--help");

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).contains("train", "Trains.", "Exit codes:", "Examples:", "apportion quickstart");
        assertThat(run("train", "--help").out()).contains("--set=key=value", "--json", "CONFIG");
    }
}
