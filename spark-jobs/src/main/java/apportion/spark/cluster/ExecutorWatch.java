package apportion.spark.cluster;

import apportion.spark.failure.Failure;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkContext;

/**
 * Stops Spark when jobs have waited too long without any executor, as they would wait for ever: a standalone master
 * whose workers are gone tells the driver nothing, and Spark sets no limit of its own.
 */
public final class ExecutorWatch implements AutoCloseable {

    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final int LOOKS_AFTER_THE_END = 15;

    private final Duration patience;
    private final BooleanSupplier starving;
    private final Runnable stop;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(run -> {
        Thread thread = new Thread(run, "executor-watch");
        thread.setDaemon(true);
        return thread;
    });
    private long starved;
    private volatile boolean stopped;

    ExecutorWatch(Duration patience, BooleanSupplier starving, Runnable stop) {
        this.patience = patience;
        this.starving = starving;
        this.stop = stop;
    }

    /** Watches over a context; not over a local one, whose tasks run in this process. */
    public static Optional<ExecutorWatch> over(SparkContext context, ClusterConfig config) {
        return config.patience().filter(patience -> !context.isLocal()).map(patience -> {
            ExecutorWatch watch = new ExecutorWatch(patience, () -> isStarving(context), context::stop);
            watch.start();
            watch.release(Thread.currentThread(), context);
            return watch;
        });
    }

    /** Without a job nothing waits, so that executors that were given back meanwhile do not count. */
    private static boolean isStarving(SparkContext context) {
        // The driver's memory is one of these.
        return context.statusTracker().getActiveJobIds().length > 0
                && context.getExecutorMemoryStatus().size() <= 1;
    }

    private void start() {
        // It ends with the timer, or with what a stopped context throws.
        ScheduledFuture<?> unused = timer.scheduleWithFixedDelay(
                this::look, INTERVAL.toMillis(), INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /**
     * Interrupts a thread that still waits a while after Spark has stopped by itself: a job that was handed in while
     * Spark stopped is answered by nobody.
     */
    private void release(Thread waiting, SparkContext context) {
        AtomicInteger looks = new AtomicInteger();
        ScheduledFuture<?> unused = timer.scheduleWithFixedDelay(
                () -> {
                    if (context.isStopped() && looks.incrementAndGet() == LOOKS_AFTER_THE_END) {
                        waiting.interrupt();
                    }
                },
                INTERVAL.toMillis(),
                INTERVAL.toMillis(),
                TimeUnit.MILLISECONDS);
    }

    /** Once an interval: counts how many in a row had no executor. */
    void look() {
        starved = starving.getAsBoolean() ? starved + 1 : 0;
        if (!stopped && INTERVAL.multipliedBy(starved).compareTo(patience) > 0) {
            stopped = true;
            stop.run();
        }
    }

    /** Why Spark was stopped, if this did it. */
    public Optional<Failure> failure() {
        return stopped
                ? Optional.of(new Failure("there was no executor for " + patience.toSeconds()
                        + " s (cluster.wait-seconds); see whether the cluster's workers run and have"
                        + " spark.executor.memory and spark.executor.cores free, then start again: what was finished"
                        + " is kept"))
                : Optional.empty();
    }

    @Override
    public void close() {
        timer.shutdown();
    }
}
