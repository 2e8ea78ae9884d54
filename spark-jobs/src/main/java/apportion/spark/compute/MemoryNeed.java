package apportion.spark.compute;

import apportion.model.compute.NativeMemory;
import apportion.spark.failure.Failure;
import java.util.Locale;

/**
 * What one task needs outside the Java heap at least. A task that runs out of memory would take its whole process with
 * it; so what cannot fit is not begun, and an allocation that fails is told with its numbers.
 *
 * @param bytes that must be there; what layers work in comes on top
 * @param what they are for
 * @param remedy which keys to lower
 */
public record MemoryNeed(long bytes, String what, String remedy) {

    private static final double MEGABYTE = 1e6;

    /**
     * Checks before anything is allocated.
     *
     * @throws Failure if the memory cannot be enough
     */
    public void requireWithin(NativeMemory memory) {
        if (bytes > memory.bytes()) {
            throw new Failure(needed() + ", " + available(memory) + "; " + remedy);
        }
    }

    /** What a user reads when an allocation has failed. */
    public Failure unmet(NativeMemory memory, OutOfMemoryError error) {
        Failure failure = new Failure(needed() + " and more to work in, " + available(memory) + ", and none was left: "
                + innermost(error) + "; " + remedy);
        // Not as its cause: Spark looks for an error there, and would end the process.
        failure.addSuppressed(error);
        return failure;
    }

    private String needed() {
        return String.format(
                Locale.ROOT, "a task needs at least %,.1f MB outside the Java heap (%s)", bytes / MEGABYTE, what);
    }

    private static String available(NativeMemory memory) {
        return String.format(
                Locale.ROOT,
                "but the process may take %,.1f MB in all (%s)",
                memory.bytes() / MEGABYTE,
                memory.limit());
    }

    /** JavaCPP names the limit that was met in the innermost cause. */
    private static String innermost(Throwable error) {
        Throwable cause = error;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    }
}
