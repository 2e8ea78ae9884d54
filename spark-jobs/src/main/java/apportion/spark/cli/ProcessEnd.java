package apportion.spark.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Why this process is ending before its command has: a signal, or a library that has given up. Java tells shutdown
 * hooks neither, but the thread that runs them is still there, and its stack says who started that.
 */
final class ProcessEnd {

    /** What a user reads behind Ctrl-C. */
    static final String BY_SIGNAL = "stopped by a signal; start the same command again to go on";

    /** As the JDK names the thread in which it answers a signal. */
    private static final Pattern SIGNAL = Pattern.compile("SIG[A-Z0-9+-]+ handler");

    private static final String AGAIN = "; what was finished is kept: start the same command again to go on";

    private ProcessEnd() {}

    /** What to tell the user once it is under way. */
    static String message() {
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            List<StackTraceElement> stack = Arrays.asList(thread.getValue());
            if (stack.stream().anyMatch(frame -> is(frame, "java.lang.Shutdown", "runHooks"))) {
                return SIGNAL.matcher(thread.getKey().getName()).matches() ? BY_SIGNAL : byProgram(stack);
            }
        }
        return "the process ends before its command has" + AGAIN;
    }

    private static String byProgram(List<StackTraceElement> stack) {
        Optional<String> fatal = Logs.fatal();
        if (fatal.isPresent()) {
            return "Spark ended this process because of " + fatal.get()
                    + (fatal.get().contains("OutOfMemoryError")
                            ? "; give it more memory (-Xmx in APPORTION_JAVA_OPTS, or spark.driver.memory through"
                                    + " spark-submit), or lower train.batch"
                            : "")
                    + AGAIN;
        }
        String by = stack.stream()
                .dropWhile(frame -> !is(frame, "java.lang.Runtime", "exit"))
                .map(StackTraceElement::getClassName)
                .filter(name -> !name.startsWith("java.lang.") && !name.startsWith("scala.sys."))
                .findFirst()
                .orElse("another thread");
        return by + " ended this process, as the log says above" + AGAIN;
    }

    private static boolean is(StackTraceElement frame, String type, String method) {
        return frame.getClassName().equals(type) && frame.getMethodName().equals(method);
    }
}
