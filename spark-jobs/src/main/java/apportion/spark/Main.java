package apportion.spark;

import apportion.spark.cli.Cli;
import org.apache.spark.SparkUserAppException;

/** What {@code spark-submit --class apportion.spark.Main} runs. */
public final class Main {

    private Main() {}

    /**
     * Runs a command line.
     *
     * @throws SparkUserAppException with the exit code, to YARN, which loses that of a process that ends itself
     */
    public static void main(String[] arguments) throws SparkUserAppException {
        // Otherwise JavaCPP writes its warnings onto the terminal, past the settings of the log.
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        Cli.main(arguments);
    }
}
