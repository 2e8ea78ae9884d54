package apportion.spark.failure;

/** Whether this process is ending, by a signal or by itself: what fails then fails because of that. */
public final class Shutdown {

    private Shutdown() {}

    /** Whether shutdown hooks run. */
    public static boolean isUnderWay() {
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
