package apportion.spark.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * One side of a comparison: a program that runs on this Java, in a process of its own.
 *
 * @param main its class
 * @param options of the JVM
 * @param environment what it gets beside ours
 */
record JavaProgram(String main, String classPath, List<String> options, Map<String, String> environment) {

    /** The class path of the product. */
    static String ourClassPath() {
        return System.getProperty("java.class.path");
    }

    /** Runs it to its end. */
    void run(String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", classPath, main));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        Processes.run(main, builder);
    }
}
