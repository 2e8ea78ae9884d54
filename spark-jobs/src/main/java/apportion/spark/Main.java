package apportion.spark;

import apportion.spark.cli.Cli;

/** What {@code spark-submit --class apportion.spark.Main} runs. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        // Otherwise JavaCPP writes its warnings onto the terminal, past the settings of the log.
        System.setProperty("org.bytedeco.javacpp.logger", "slf4j");
        Cli.main(arguments);
    }
}
