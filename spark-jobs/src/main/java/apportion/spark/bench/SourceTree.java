package apportion.spark.bench;

import apportion.spark.failure.UserError;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The source tree that this program was built in, where Maven compiles the peers.
 *
 * @param root its top level
 */
record SourceTree(Path root) {

    /** Finds it above the running classes. */
    static SourceTree find() {
        try {
            Path here = Path.of(SourceTree.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            for (Path at = here; at != null; at = at.getParent()) {
                if (Files.exists(at.resolve("data-prep").resolve("pom.xml"))) {
                    return new SourceTree(at);
                }
            }
            throw new UserError("a benchmark compiles its peer with Maven, so it needs the source tree; run"
                    + " spark-jobs/bin/apportion of a clone");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Compiles a module's tests and gives their class path.
     *
     * @param folder for Maven's answer
     * @param options of Maven, for example a profile
     */
    String testClassPath(String module, Path folder, String... options) throws IOException {
        Path file = folder.resolve(module + "-class-path.txt");
        List<String> command = new ArrayList<>(List.of("mvn", "-B", "-q", "-Dstyle.color=never", "-pl", module));
        command.addAll(List.of(options));
        command.addAll(List.of(
                "test-compile", "dependency:build-classpath", "-DincludeScope=test", "-Dmdep.outputFile=" + file));
        Processes.run("mvn", new ProcessBuilder(command).directory(root.toFile()));
        Path target = root.resolve(module).resolve("target");
        return String.join(
                File.pathSeparator,
                target.resolve("test-classes").toString(),
                target.resolve("classes").toString(),
                Files.readString(file).strip());
    }

    /** A library that the product does not carry, without what it depends on, as a file in a folder. */
    Path library(String coordinates, Path folder) throws IOException {
        List<String> command = List.of(
                "mvn", "-B", "-q", "-N", "dependency:copy", "-Dartifact=" + coordinates, "-DoutputDirectory=" + folder);
        Processes.run("mvn", new ProcessBuilder(command).directory(root.toFile()));
        try (Stream<Path> files = Files.list(folder)) {
            return files.findFirst().orElseThrow();
        }
    }
}
