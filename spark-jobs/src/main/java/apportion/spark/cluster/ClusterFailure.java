package apportion.spark.cluster;

import apportion.spark.failure.Failure;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkException;
import org.jspecify.annotations.Nullable;

/** Tells what Spark throws when its cluster fails a job. What a task's own code throws is left as it is. */
public final class ClusterFailure {

    /** As in: Job aborted due to stage failure: Task 0 in stage 3.0 failed 8 times, most recent failure: ... */
    private static final Pattern LOST = Pattern.compile(
            "failed (\\d+) times.*ExecutorLostFailure \\(executor (\\S+) .*?\\)(?: Reason: ([^\\n]*))?",
            Pattern.DOTALL);

    /**
     * As in: Job aborted ... failed 8 times, ... (TID 4) (host executor 3): java.lang.OutOfMemoryError: Java heap space
     */
    private static final Pattern OUT_OF_MEMORY = Pattern.compile(
            "failed (\\d+) times.*?executor (\\S+)\\): (java\\.lang\\.OutOfMemoryError[^\\n]*)", Pattern.DOTALL);

    private static final Pattern EXIT_CODE = Pattern.compile("(?:exited with code|[Ee]xit (?:status|code):?) (\\d+)");

    private static final String STOPPED = "SparkContext was shut down";
    private static final String UNUSABLE = "stopped SparkContext";
    private static final String NOT_STARTED = "Spark context stopped while waiting for backend";

    private ClusterFailure() {}

    /** What a user can act on; empty if the exception is none of the cluster's. */
    public static Optional<Failure> of(Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = String.valueOf(cause.getMessage());
            Matcher lost = LOST.matcher(message);
            if (cause instanceof SparkException && lost.find()) {
                return Optional.of(lost(lost.group(1), lost.group(2), lost.group(3), thrown));
            }
            Matcher memory = OUT_OF_MEMORY.matcher(message);
            if (cause instanceof SparkException && memory.find()) {
                return Optional.of(lost(memory.group(1), memory.group(2), memory.group(3), thrown));
            }
            if ((cause instanceof SparkException && message.contains(STOPPED))
                    || (cause instanceof IllegalStateException
                            && (message.contains(UNUSABLE) || message.contains(NOT_STARTED)))) {
                return Optional.of(ended(thrown));
            }
        }
        return Optional.empty();
    }

    /** What a failure says to a user in one line, be it the cluster's or another. */
    public static String words(Throwable thrown) {
        return of(thrown)
                .map(Failure::getMessage)
                .orElseGet(() -> thrown instanceof Failure
                        ? String.valueOf(thrown.getMessage())
                        // Spark's messages go on with a stack trace.
                        : thrown.toString().lines().findFirst().orElse(""));
    }

    /**
     * What a user can act on when Spark has stopped by itself. Whatever was under way then fails with what it missed
     * first, such as a block of a broadcast, so that only Spark's state tells.
     */
    public static Failure ended(Throwable thrown) {
        return new Failure(
                "the cluster has ended this application, as the log says above; see whether its master runs, and"
                        + " whether spark.authenticate and spark.network.crypto are set alike everywhere",
                thrown);
    }

    private static Failure lost(String times, String executor, @Nullable String reason, Throwable thrown) {
        String why = reason == null ? "it was lost" : reason.strip();
        return new Failure(
                "a task failed " + times + " times (spark.task.maxFailures), the last time with its executor "
                        + executor + ": " + why + hint(why) + "; its log says more, and what was finished is kept",
                thrown);
    }

    /** 52 is Spark's for an OutOfMemoryError; 137 and 143 are a process that was killed. */
    private static String hint(String reason) {
        Matcher code = EXIT_CODE.matcher(reason);
        boolean isMemory = reason.contains("OutOfMemoryError")
                || (code.find() && Set.of("52", "137", "143").contains(code.group(1)));
        return isMemory
                ? " (memory may be short: raise spark.executor.memory or spark.executor.memoryOverhead, or lower"
                        + " train.batch)"
                : "";
    }
}
