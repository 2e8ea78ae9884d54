package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training on a YARN as {@code conf/cluster/yarn.conf} sets it up: with the driver here and all files here, and with
 * the driver there and all files on HDFS.
 */
final class YarnIT {

    private static final Path SPARK_ON_YARN = JobJar.TARGET.resolve("yarn");

    @TempDir
    private static Path folder;

    private static JobJar jar;
    private static Process yarn;
    private static TinyTraining training;

    @BeforeAll
    static void startAndTrainEmbedded() throws Exception {
        Path settings = Files.createDirectory(folder.resolve("hadoop"));
        jar = new JobJar(folder, List.of(JobJar.QUICK_START), List.of(settings, SPARK_ON_YARN.resolve("*")));
        Path log = folder.resolve("yarn.log");
        ProcessBuilder server = jar.java(
                String.join(
                        File.pathSeparator,
                        JobJar.TARGET.resolve("test-classes").toString(),
                        JobJar.TARGET.resolve("hdfs/*").toString(),
                        JobJar.SPARK.resolve("jars/*").toString()),
                List.of(JobJar.QUICK_START, "-Dtest.build.data=" + folder.resolve("server")),
                YarnServer.class.getName(),
                settings.resolve("yarn-site.xml").toString(),
                folder.resolve("hdfs.txt").toString());
        server.environment().put("JAVA_HOME", System.getProperty("java.home"));
        yarn = server.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        Runtime.getRuntime().addShutdownHook(new Thread(YarnIT::stop));
        while (!Files.exists(settings.resolve("yarn-site.xml"))) {
            assertThat(yarn.isAlive()).as(Files.readString(log)).isTrue();
            Thread.sleep(100);
        }
        training = new TinyTraining(jar, folder);
    }

    /** With the containers, which are its descendants. */
    @AfterAll
    static void stop() {
        List<ProcessHandle> containers = yarn.descendants().toList();
        yarn.destroyForcibly();
        containers.forEach(ProcessHandle::destroyForcibly);
    }

    private static JobJar.Ran submit(List<String> options, String... arguments) throws Exception {
        List<String> all = new ArrayList<>(List.of(
                "--properties-file",
                Path.of("../conf/cluster/yarn.conf").toAbsolutePath().toString(),
                "--driver-memory",
                "512m",
                "--executor-memory",
                "512m",
                "--executor-cores",
                "1",
                "--conf",
                "spark.yarn.jars=local:" + JobJar.SPARK.resolve("jars/*") + ",local:" + SPARK_ON_YARN.resolve("*")));
        all.addAll(options);
        ProcessBuilder builder = jar.submitInstalled(all, arguments);
        builder.environment().put("HADOOP_CONF_DIR", folder.resolve("hadoop").toString());
        return jar.run(builder);
    }

    private static org.apache.hadoop.fs.Path local(String name) {
        return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
    }

    /** What the containers of all runs printed. */
    private static List<String> printed(String stream) throws Exception {
        List<String> lines = new ArrayList<>();
        try (Stream<Path> files = Files.walk(folder.resolve("server"))) {
            for (Path file :
                    files.filter(path -> path.endsWith(stream)).sorted().toList()) {
                lines.addAll(Files.readAllLines(file));
            }
        }
        return lines;
    }

    @Test
    void aDriverHereGivesTheParametersOfAnEmbeddedRun() throws Exception {
        JobJar.Ran ran = submit(List.of("--deploy-mode", "client"), training.arguments("client", "--json"));

        TinyTraining.good(ran);
        assertThat(ran.json().get("rounds").asInt()).isEqualTo(8);
        training.assertSame("client");
    }

    @Test
    void aDriverThereGivesThemTooAndTellsWhatTheUserDidWrong() throws Exception {
        String hdfs = Files.readString(folder.resolve("hdfs.txt"));
        String run = hdfs + "/runs/cluster";
        List<String> there = List.of(
                "--deploy-mode",
                "cluster",
                "--files",
                training.config().toString(),
                "--conf",
                "spark.yarn.stagingDir=" + hdfs + "/staging");
        String file = training.config().getFileName().toString();

        try (FileSystem files = FileSystem.newInstance(URI.create(hdfs), new Configuration())) {
            files.copyFromLocalFile(local("dataset"), new org.apache.hadoop.fs.Path(hdfs + "/dataset"));
            TinyTraining.good(submit(
                    there,
                    training.argumentsOf(
                            file,
                            "unused",
                            "--set",
                            "train.dataset=\"" + hdfs + "/dataset\"",
                            "--set",
                            "train.output=\"" + run + "\"",
                            "--json")));
            files.copyToLocalFile(new org.apache.hadoop.fs.Path(run), local("cluster"));
        }
        training.assertSame("cluster");
        assertThat(folder.resolve("unused")).doesNotExist();
        assertThat(printed("stdout"))
                .anyMatch(line -> line.startsWith("{\"checkpoint\":") && line.contains("/cluster/"));

        JobJar.Ran mistaken = submit(there, training.argumentsOf(file, "mistaken", "--set", "train.replicass=3"));
        assertThat(mistaken.exitCode()).isEqualTo(1);
        assertThat(mistaken.err()).contains("User application exited with status 2");
        assertThat(printed("stderr"))
                .anyMatch(line -> line.contains("train.replicass is not a known key; did you mean train.replicas?"));
    }
}
