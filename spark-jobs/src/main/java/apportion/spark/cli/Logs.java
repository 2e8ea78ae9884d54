package apportion.spark.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.config.Configurator;

/** Log lines go to stderr: Spark's warnings and our one line a round. */
final class Logs {

    private static final String OURS = "log4j2.properties";
    private static final String SPARKS = "log4j2-defaults.properties";

    private Logs() {}

    /**
     * spark-submit sets up logging before the job jar is on the class path. Its plain default gives way to ours; a
     * configuration that somebody wrote for a cluster stays.
     */
    static void configure() {
        URL ours = Logs.class.getClassLoader().getResource(OURS);
        if (ours != null && LogManager.getContext(false) instanceof LoggerContext context && isDefault(context)) {
            try {
                Configurator.reconfigure(new URI(ours.toString()));
            } catch (URISyntaxException e) {
                throw new IllegalStateException(ours + " is an address of the class path", e);
            }
        }
    }

    private static boolean isDefault(LoggerContext context) {
        String location = context.getConfiguration().getConfigurationSource().getLocation();
        return location == null || location.contains(SPARKS);
    }

    /** Says nothing of what Spark's threads run into while a signal ends the process. */
    static void leaveOutTheEnd() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> Configurator.setLevel("org.apache.spark", Level.OFF)));
    }

    /** Only warnings from here on. */
    static void quiet() {
        Configurator.setLevel("apportion", Level.WARN);
    }
}
