package apportion.spark.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class SideBySideTest {

    private final List<Integer> ended = Collections.synchronizedList(new ArrayList<>());

    private static boolean endsAll(Throwable thrown) {
        return thrown instanceof UserError;
    }

    private List<Runnable> trials(int count, Runnable first) {
        return IntStream.range(0, count)
                .<Runnable>mapToObj(trial -> () -> {
                    if (trial == 0) {
                        first.run();
                    }
                    ended.add(trial);
                })
                .toList();
    }

    @Test
    void theyBeginInTheirOrder() {
        SideBySide.run(trials(5, () -> {}), () -> 1, SideBySideTest::endsAll);

        assertThat(ended).containsExactly(0, 1, 2, 3, 4);
    }

    /** The first waits for the last: with one slot for good it would wait for ever. */
    @Test
    void slotsThatComeWhileTrialsRunAreUsed() {
        AtomicInteger slots = new AtomicInteger(1);
        CountDownLatch last = new CountDownLatch(2);
        List<Runnable> trials = new ArrayList<>(trials(3, () -> {
            slots.set(3);
            await(last);
        }));
        trials.replaceAll(trial -> () -> {
            last.countDown();
            trial.run();
        });

        SideBySide.run(trials, slots::get, SideBySideTest::endsAll);

        assertThat(ended).hasSize(3);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whereOneFailsTheOthersEndFirst() {
        Runnable failing = () -> {
            throw new IllegalStateException(
                    new SparkException("Total size of serialized results is bigger than spark.driver.maxResultSize"));
        };

        assertThatThrownBy(() -> SideBySide.run(trials(4, failing), () -> 2, SideBySideTest::endsAll))
                .isInstanceOf(Failure.class)
                .hasMessageContaining("1 of 4 trials failed")
                .hasMessageContaining("maxResultSize")
                .hasMessageContaining("same command again");
        assertThat(ended).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void aMistakeThatAllShareEndsThemAtOnce() {
        Runnable mistaken = () -> {
            throw new UserError("no such dataset");
        };

        assertThatThrownBy(() -> SideBySide.run(trials(50, mistaken), () -> 1, SideBySideTest::endsAll))
                .isInstanceOf(UserError.class)
                .hasMessage("no such dataset");
        assertThat(ended).isEmpty();
    }
}
