package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Starts the job jar as users do, in processes that work in a folder. */
final class JobJar {

    static final Path TARGET = Path.of("target").toAbsolutePath();
    static final Path SPARK = TARGET.resolve("spark");

    /** For many processes that live for seconds. */
    static final String QUICK_START = "-XX:TieredStopAtLevel=1";

    private static final Path JAR = TARGET.resolve("apportion.jar");
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long LONGEST_MINUTES = 5;

    private final Path folder;
    private final List<String> options;
    private final String classPath;

    JobJar(Path folder) {
        this(folder, List.of(), List.of());
    }

    /** With options of Java and with jars that the cluster brings. */
    JobJar(Path folder, List<String> options, List<Path> jars) {
        this.folder = folder;
        this.options = List.copyOf(options);
        this.classPath = SPARK.resolve("jars/*")
                + String.join(
                        "", jars.stream().map(jar -> File.pathSeparator + jar).toList());
    }

    /** How a process ended. */
    record Ran(int exitCode, String out, String err) {

        /** The last line on stdout. */
        JsonNode json() throws IOException {
            return JSON.readTree(out.strip().substring(out.strip().lastIndexOf('\n') + 1));
        }
    }

    ProcessBuilder local(String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.add("-Dspark.master=local[2]");
        return java(JAR + File.pathSeparator + classPath, all, "apportion.spark.Main", arguments);
    }

    ProcessBuilder submit(Path properties, String... arguments) {
        return submit(List.of("--properties-file", properties.toAbsolutePath().toString()), JAR.toString(), arguments);
    }

    /** Through spark-submit, with a job jar that every host has: executors need not fetch it. */
    ProcessBuilder submitInstalled(List<String> submitOptions, String... arguments) {
        return submit(submitOptions, "local:" + JAR, arguments);
    }

    private ProcessBuilder submit(List<String> submitOptions, String program, String... arguments) {
        List<String> all = new ArrayList<>(submitOptions);
        all.addAll(List.of("--class", "apportion.spark.Main", program));
        all.addAll(List.of(arguments));
        return spark(options, "org.apache.spark.deploy.SparkSubmit", all.toArray(String[]::new));
    }

    /** One of Spark's own programs. */
    ProcessBuilder spark(List<String> more, String main, String... arguments) {
        ProcessBuilder builder = java(classPath, more, main, arguments);
        builder.environment().put("SPARK_HOME", SPARK.toString());
        builder.environment().put("SPARK_SCALA_VERSION", System.getProperty("spark.scala-version"));
        builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
        return builder;
    }

    /** Any Java program, opened as Spark wants it. */
    ProcessBuilder java(String path, List<String> more, String main, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(System.getProperty("spark.add-opens").split(" ")));
        command.addAll(more);
        command.addAll(List.of("-Xmx1g", "-cp", path, main));
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
        builder.environment().put("OMP_NUM_THREADS", "1");
        return builder;
    }

    Ran run(ProcessBuilder builder) throws Exception {
        Path out = Files.createTempFile(folder, "stdout", ".txt");
        Path err = Files.createTempFile(folder, "stderr", ".txt");
        Process process =
                builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
        await(process, err);
        return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    /** Waits for a process, but not for ever. */
    static void await(Process process, Path log) throws Exception {
        try {
            assertThat(process.waitFor(LONGEST_MINUTES, TimeUnit.MINUTES))
                    .as(Files.readString(log))
                    .isTrue();
        } finally {
            process.destroyForcibly();
        }
    }

    static String sha256(Path file) throws IOException, NoSuchAlgorithmException {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    }
}
