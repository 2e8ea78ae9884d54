package apportion.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ExecutorWatchTest {

    private final AtomicBoolean starving = new AtomicBoolean(true);
    private final AtomicInteger stops = new AtomicInteger();
    private final ExecutorWatch watch = new ExecutorWatch(Duration.ofSeconds(3), starving::get, stops::incrementAndGet);

    @AfterEach
    void close() {
        watch.close();
    }

    private void look(int times) {
        for (int i = 0; i < times; i++) {
            watch.look();
        }
    }

    @Test
    void sparkIsStoppedOnceWhenPatienceIsOver() {
        look(3);
        assertThat(stops).hasValue(0);
        assertThat(watch.failure()).isEmpty();

        look(5);
        assertThat(stops).hasValue(1);
        assertThat(watch.failure()).get().satisfies(failure -> {
            assertThat(failure)
                    .hasMessageContaining("no executor for 3 s")
                    .hasMessageContaining("cluster.wait-seconds");
            assertThat(failure.exitCode()).isEqualTo(1);
        });
    }

    @Test
    void anExecutorThatComesInTimeBeginsTheWaitAnew() {
        look(3);
        starving.set(false);
        look(10);
        starving.set(true);
        look(3);

        assertThat(stops).hasValue(0);
    }
}
