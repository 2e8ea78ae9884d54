package apportion.spark.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.util.Optional;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.Appender;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.LoggerContext;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Configurator;
import org.apache.logging.log4j.core.config.LoggerConfig;
import org.apache.logging.log4j.core.config.Property;
import org.jspecify.annotations.Nullable;

/** Log lines go to stderr: Spark's warnings and our one line a round. */
final class Logs {

    private static final String OURS = "log4j2.properties";
    private static final String SPARKS = "log4j2-defaults.properties";

    /** Logs what ends the process, right before it does. */
    private static final String FATAL = "org.apache.spark.util.SparkUncaughtExceptionHandler";

    private static volatile @Nullable String fatal;

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

    /** Keeps what Spark ends the process for, which its handler only logs. */
    static void keepFatal() {
        if (!(LogManager.getContext(false) instanceof LoggerContext context)) {
            return;
        }
        LoggerConfig logger = context.getConfiguration().getLoggerConfig(FATAL);
        if (!logger.getName().equals(FATAL)) {
            logger = new LoggerConfig(FATAL, Level.ERROR, true);
            context.getConfiguration().addLogger(FATAL, logger);
        }
        Appender keeper = new AbstractAppender(FATAL, null, null, true, Property.EMPTY_ARRAY) {
            @Override
            public void append(LogEvent event) {
                fatal = String.valueOf(event.getThrown());
            }
        };
        keeper.start();
        logger.addAppender(keeper, Level.ERROR, null);
        context.updateLoggers();
    }

    /** What Spark ends this process for, if it does. */
    static Optional<String> fatal() {
        return Optional.ofNullable(fatal);
    }

    /** Only warnings from here on. */
    static void quiet() {
        Configurator.setLevel("apportion", Level.WARN);
    }
}
