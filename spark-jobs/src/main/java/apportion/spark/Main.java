package apportion.spark;

import apportion.spark.cli.Cli;

/** What {@code spark-submit --class apportion.spark.Main} runs. */
public final class Main {

    private Main() {}

    public static void main(String[] arguments) {
        Cli.main(arguments);
    }
}
