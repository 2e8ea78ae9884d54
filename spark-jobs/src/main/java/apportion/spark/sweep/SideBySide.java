package apportion.spark.sweep;

import apportion.spark.cluster.ClusterFailure;
import apportion.spark.cluster.Slots;
import apportion.spark.failure.Failure;
import apportion.spark.failure.Shutdown;
import apportion.spark.failure.UserError;
import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionService;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
import org.apache.spark.api.java.JavaSparkContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Trials on several threads of the driver, begun in their order. */
public final class SideBySide {

    private static final Logger LOG = LoggerFactory.getLogger(SideBySide.class);
    private static final Duration LONGEST_STOP = Duration.ofMinutes(1);
    private static final Duration BETWEEN_QUESTIONS = Duration.ofSeconds(1);

    private SideBySide() {}

    /**
     * Runs all of them, as many at once as the cluster has room for. Where one fails the others go on.
     *
     * @param slotsPerTrial tasks that one trial runs at once
     * @throws UserError at once, if that is what a trial throws: the others share the mistake
     * @throws Failure when all have ended, if some failed
     */
    public static void run(JavaSparkContext context, List<Runnable> trials, int slotsPerTrial) {
        Slots slots = new Slots(context);
        run(trials, () -> slots.now() / slotsPerTrial, thrown -> endsAll(context, thrown));
    }

    /** Whether what one trial throws ends the others, too: their common mistake, a signal, or the end of Spark. */
    static boolean endsAll(JavaSparkContext context, Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof UserError
                    || cause instanceof Error
                    || cause instanceof InterruptedException
                    || cause instanceof InterruptedIOException
                    || cause instanceof ClosedByInterruptException) {
                return true;
            }
        }
        return context.sc().isStopped() || Shutdown.isUnderWay();
    }

    /**
     * Runs all of them.
     *
     * @param most trials at once, asked again and again while trials run; one if it is less
     * @param endsAll whether what a trial throws is thrown on at once
     */
    static void run(List<Runnable> trials, IntSupplier most, Predicate<Throwable> endsAll) {
        ExecutorService threads = Executors.newCachedThreadPool();
        CompletionService<Void> ended = new ExecutorCompletionService<>(threads);
        Deque<Runnable> waiting = new ArrayDeque<>(trials);
        List<Throwable> failures = new ArrayList<>();
        int running = 0;
        try {
            while (running > 0 || !waiting.isEmpty()) {
                while (!waiting.isEmpty() && running < Math.max(1, most.getAsInt())) {
                    ended.submit(waiting.removeFirst(), null);
                    running++;
                }
                Future<Void> one = ended.poll(BETWEEN_QUESTIONS.toMillis(), TimeUnit.MILLISECONDS);
                if (one != null) {
                    running--;
                    failure(one).ifPresent(failures::add);
                }
                if (failures.stream().anyMatch(endsAll)) {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("the trials were interrupted; give the same command again to go on", e);
        } finally {
            stop(threads);
        }
        report(failures, trials.size(), endsAll);
    }

    private static Optional<Throwable> failure(Future<Void> trial) throws InterruptedException {
        try {
            trial.get();
            return Optional.empty();
        } catch (ExecutionException e) {
            Throwable cause = Objects.requireNonNull(e.getCause());
            LOG.warn("a trial failed", cause);
            return Optional.of(cause);
        }
    }

    private static void report(List<Throwable> failures, int trials, Predicate<Throwable> endsAll) {
        for (Throwable failure : failures) {
            if (endsAll.test(failure) || trials == 1) {
                throw failure instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(failure);
            }
        }
        if (!failures.isEmpty()) {
            throw new Failure(
                    failures.size() + " of " + trials + " trials failed, the first with: "
                            + ClusterFailure.words(failures.get(0))
                            + "; the others are kept: give the same command again to try only these again",
                    failures.get(0));
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
