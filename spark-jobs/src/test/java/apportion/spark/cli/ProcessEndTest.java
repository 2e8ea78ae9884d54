package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.util.SparkUncaughtExceptionHandler;
import org.junit.jupiter.api.Test;

/** Processes that end before their command does. */
final class ProcessEndTest {

    /** Runs until something else ends it. */
    static final class Unending {

        private Unending() {}

        public static void main(String[] arguments) throws InterruptedException {
            Logs.configure();
            Logs.keepFatal();
            Console console = new Console(System.out, System.err, false);
            Runtime.getRuntime().addShutdownHook(new Thread(console::stopped));
            System.out.println("ready");
            switch (arguments[0]) {
                case "exit" -> new Thread(() -> System.exit(53)).start();
                case "memory" ->
                    new Thread(() -> new SparkUncaughtExceptionHandler(false)
                                    .uncaughtException(Thread.currentThread(), new OutOfMemoryError("Java heap space")))
                            .start();
                default -> {}
            }
            Thread.sleep(60_000);
        }
    }

    /** What a process says, and its exit code. */
    private static String said(String how) throws Exception {
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Unending.class.getName(),
                        how))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            while (line != null && !line.equals("ready")) {
                line = lines.readLine();
            }
            if (how.startsWith("-")) {
                new ProcessBuilder("kill", how, String.valueOf(process.pid()))
                        .start()
                        .waitFor();
            }
            String rest =
                    lines.lines().filter(text -> text.startsWith("apportion: ")).collect(Collectors.joining("\n"));
            return process.waitFor() + " " + rest;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void aSignalIsToldAsOne() throws Exception {
        assertThat(said("-TERM")).isEqualTo("143 apportion: " + ProcessEnd.BY_SIGNAL);
        assertThat(said("-KILL")).isEqualTo("137 ");
    }

    @Test
    void whoeverElseEndsTheProcessIsNamed() throws Exception {
        assertThat(said("exit"))
                .startsWith("53 apportion: ")
                .contains(Unending.class.getName(), "ended this process", "start the same command again")
                .doesNotContain("signal");
        assertThat(said("memory"))
                .startsWith("52 apportion: ")
                .contains("OutOfMemoryError: Java heap space", "-Xmx")
                .doesNotContain("signal");
    }
}
