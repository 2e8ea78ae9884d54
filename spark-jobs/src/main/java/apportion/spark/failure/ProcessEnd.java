package apportion.spark.failure;

/** Whether this process is ending, by a signal or by itself: what fails then fails because of that. */
public final class ProcessEnd {

    private ProcessEnd() {}

    /** Whether the process has begun to end. */
    public static boolean hasBegun() {
        Thread hook = new Thread(() -> {});
        try {
            Runtime.getRuntime().addShutdownHook(hook);
            Runtime.getRuntime().removeShutdownHook(hook);
            return false;
        } catch (IllegalStateException e) {
            // Java has no question for it, but takes no more hooks.
            return true;
        }
    }
}
