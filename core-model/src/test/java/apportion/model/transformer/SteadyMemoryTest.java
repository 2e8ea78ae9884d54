package apportion.model.transformer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Long runs end as they began. */
class SteadyMemoryTest {

    /**
     * Of a heap that is all there from the beginning and a compiler that keeps little, so that what grows is what
     * training has not given back.
     */
    private static final List<String> OPTIONS =
            List.of("-Xms64m", "-Xmx64m", "-XX:+AlwaysPreTouch", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    private static final int WARM_UP = 200;
    private static final int STEPS = 2000;

    /**
     * 582 bytes a step, less than an activation or a primitive. 135 to 340 kB were seen, whether in 1,500 steps or
     * 4,500.
     */
    private static final long MOST_GROWTH = 1 << 20;

    /** What is made at its first use is not all made in the first steps: 320 bytes were seen. */
    private static final long MOST_TRACKED = 4 << 10;

    /** A few hundred operations, each with a few small objects: 60 kB were seen. */
    private static final long MOST_GARBAGE = 120 << 10;

    @Test
    void twoThousandStepsNeedNoMoreMemoryThanTwoHundred() throws IOException, InterruptedException {
        assumeThat(Files.exists(Path.of("/proc/self/status"))).isTrue();
        ProcessBuilder program = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString());
        program.command().addAll(OPTIONS);
        program.command()
                .addAll(List.of(
                        "-cp",
                        System.getProperty("java.class.path"),
                        SteadyTraining.class.getName(),
                        "ONEDNN",
                        Integer.toString(WARM_UP),
                        Integer.toString(STEPS)));
        Process process = program.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        long[] grown = Arrays.stream(printed.strip().split(" "))
                .mapToLong(Long::parseLong)
                .toArray();
        assertThat(grown[0]).as("resident memory").isLessThan(MOST_GROWTH);
        assertThat(grown[1]).as("memory that JavaCPP frees").isLessThan(MOST_TRACKED);
        assertThat(grown[2]).as("Java objects of a step").isLessThan(MOST_GARBAGE);
    }
}
