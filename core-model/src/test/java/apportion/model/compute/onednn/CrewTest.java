package apportion.model.compute.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

final class CrewTest {

    @Test
    void everyChunkRunsOnceAlsoAfterAPause() throws InterruptedException {
        try (Crew crew = new Crew(Library.load(), 3)) {
            for (int round = 0; round < 300; round++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(17);
                crew.run(17, (index, worker) -> runs.incrementAndGet(index));
                for (int i = 0; i < 17; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
                if (round % 100 == 0) {
                    Thread.sleep(20); // long enough for the helpers to go to sleep
                }
            }
        }
    }

    @Test
    void worksRunBesideEachOther() {
        try (Crew crew = new Crew(Library.load(), 2)) {
            AtomicIntegerArray first = new AtomicIntegerArray(5);
            AtomicIntegerArray last = new AtomicIntegerArray(3);
            crew.run(
                    new Crew.Work(5, (index, worker) -> first.incrementAndGet(index)),
                    Crew.Work.NONE,
                    new Crew.Work(3, (index, worker) -> last.incrementAndGet(index)));
            assertThat(first.toString()).isEqualTo("[1, 1, 1, 1, 1]");
            assertThat(last.toString()).isEqualTo("[1, 1, 1]");
            crew.run(Crew.Work.NONE, Crew.Work.NONE);
        }
    }

    @Test
    void aFailureReachesTheCallerAndTheCrewGoesOn() {
        try (Crew crew = new Crew(Library.load(), 2)) {
            assertThatThrownBy(() -> crew.run(8, (index, worker) -> {
                        if (index == 5) {
                            throw new IllegalArgumentException("chunk five");
                        }
                    }))
                    .hasRootCauseMessage("chunk five");
            AtomicIntegerArray runs = new AtomicIntegerArray(4);
            crew.run(4, (index, worker) -> runs.incrementAndGet(index));
            assertThat(runs.toString()).isEqualTo("[1, 1, 1, 1]");
        }
    }

    /** In a process of its own, since tests run with OMP_NUM_THREADS=1, which would hide a mistake. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void oneDnnStartsNoThreadsOfItsOwn() throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        LargeProduct.class.getName())
                .redirectError(ProcessBuilder.Redirect.DISCARD);
        builder.environment().put("OMP_NUM_THREADS", "4");
        Process process = builder.start();
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).isZero();
        assertThat(out.trim())
                .as("the first thread, the main thread and one helper")
                .isEqualTo("3");
    }
}
