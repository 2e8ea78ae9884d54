package apportion.spark.failure;

/** Something went wrong that the message explains fully: the user sees it without a stack trace. */
public class Failure extends RuntimeException {

    private final int exitCode;

    /** The surroundings failed: a full disk, a file system that refuses, a lost cluster. */
    public Failure(String message, Throwable cause) {
        this(1, message, cause);
    }

    /** The surroundings failed, with no exception behind it. */
    public Failure(String message) {
        super(message);
        this.exitCode = 1;
    }

    Failure(int exitCode, String message) {
        super(message);
        this.exitCode = exitCode;
    }

    Failure(int exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = exitCode;
    }

    /** What the process ends with. */
    public final int exitCode() {
        return exitCode;
    }

    /** The failure inside an exception: Spark wraps what a task throws, and the user needs what is inside. */
    public static RuntimeException within(Exception thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof Failure failure) {
                return failure;
            }
        }
        return thrown instanceof RuntimeException unchecked ? unchecked : new IllegalStateException(thrown);
    }
}
