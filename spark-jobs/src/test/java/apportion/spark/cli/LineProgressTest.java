package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.progress.Progress;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class LineProgressTest {

    @Test
    void aLongTaskPrintsALineEveryFewSecondsWithTheTimeLeft() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        AtomicLong clock = new AtomicLong();
        Progress progress = new LineProgress(new PrintStream(out, true, StandardCharsets.UTF_8), clock::get);

        try (Progress.Task task = progress.begin("train", 10)) {
            for (int step = 1; step <= 10; step++) {
                clock.addAndGet(TimeUnit.SECONDS.toNanos(2));
                task.step(1, "loss " + step);
            }
        }

        assertThat(out.toString(StandardCharsets.UTF_8).lines())
                .containsExactly(
                        "train: 0 of 10",
                        "train: 3 of 10 in 6 s, 14 s left, loss 3",
                        "train: 6 of 10 in 12 s, 8 s left, loss 6",
                        "train: 9 of 10 in 18 s, 2 s left, loss 9",
                        "train: 10 of 10 in 20 s, loss 10");
    }
}
