package apportion.spark.sweep;

import apportion.spark.failure.Failure;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trials on several threads of the driver, begun in their order. */
public final class SideBySide {

    private static final Logger LOG = LoggerFactory.getLogger(SideBySide.class);
    private static final Duration LONGEST_STOP = Duration.ofMinutes(1);

    private SideBySide() {}

    /**
     * Runs all of them; what the first that fails throws ends it.
     *
     * @param most trials at once; one if it is less
     */
    public static void run(List<Runnable> trials, int most) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, most));
        try {
            List<Future<?>> running = new ArrayList<>();
            for (Runnable trial : trials) {
                running.add(threads.submit(trial));
            }
            for (Future<?> trial : running) {
                trial.get();
            }
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("the trials were interrupted; give the same command again to go on", e);
        } finally {
            stop(threads);
        }
    }

    /** Trials that still run stop where they wait for Spark, and go on from their checkpoints the next time. */
    private static void stop(ExecutorService threads) {
        threads.shutdownNow();
        try {
            if (!threads.awaitTermination(LONGEST_STOP.toSeconds(), TimeUnit.SECONDS)) {
                LOG.warn("trials still run after {}", LONGEST_STOP);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
