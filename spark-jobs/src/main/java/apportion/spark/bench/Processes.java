package apportion.spark.bench;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.io.IOException;
import java.nio.charset.Charset;

/** Runs other programs to their end. */
final class Processes {

    private Processes() {}

    /**
     * Runs one; what it printed is shown should it fail.
     *
     * @param name what messages call it
     */
    static void run(String name, ProcessBuilder builder) throws IOException {
        Process process = started(name, builder);
        try {
            String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
            if (process.waitFor() != 0) {
                throw new Failure(name + " failed: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("the benchmark was interrupted", e);
        } finally {
            process.destroy();
        }
    }

    private static Process started(String name, ProcessBuilder builder) {
        try {
            return builder.redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new UserError(
                    name + " cannot be started; a benchmark compiles its peer with Maven 3.8.7 or later"
                            + " (Debian: apt install maven)",
                    e);
        }
    }
}
