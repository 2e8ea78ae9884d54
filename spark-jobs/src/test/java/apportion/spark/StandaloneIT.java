package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training on a standalone cluster as {@code conf/cluster/standalone.conf} sets it up, with authentication and
 * encryption, and with processes that are killed. Whatever a run survives leaves its parameters as they were, bit by
 * bit.
 */
final class StandaloneIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String SECRET = HexFormat.of().formatHex(new SecureRandom().generateSeed(16));

    @TempDir
    private static Path folder;

    private static JobJar jar;
    private static StandaloneCluster cluster;
    private static TinyTraining training;

    /** A driver with another secret. Spark tries for a minute; started early, so that tests need not wait for it. */
    private static Process stranger;

    /** Drivers, which a test that fails leaves behind. */
    private static final List<Process> RUNS = new ArrayList<>();

    @BeforeAll
    static void startAndTrainEmbedded() throws Exception {
        jar = new JobJar(folder, List.of(JobJar.QUICK_START), List.of());
        Files.createDirectory(folder.resolve("events"));
        Files.writeString(
                properties(),
                Files.readString(Path.of("../conf/cluster/standalone.conf"))
                        + """
                spark.authenticate.secret         %s
                spark.driver.memory               512m
                spark.executor.memory             512m
                spark.executor.cores              1
                spark.eventLog.enabled            true
                spark.eventLog.dir                %s
                """.formatted(SECRET, folder.resolve("events").toUri()));
        cluster = new StandaloneCluster(jar, folder.resolve("cluster"), properties());
        training = new TinyTraining(jar, folder);
        stranger = started(
                List.of("--conf", "spark.authenticate.secret=another", "--conf", "spark.eventLog.enabled=false"),
                "stranger");
    }

    private static Path properties() {
        return folder.resolve("cluster.conf");
    }

    @AfterAll
    static void stopAndLookForTheSecret() throws Exception {
        RUNS.forEach(Process::destroyForcibly);
        if (cluster != null) {
            cluster.close();
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> !file.equals(properties()))
                    .toList();
        }
        // Logs of the master, of workers and of executors, event logs, checkpoints, and what the commands printed.
        assertThat(files).hasSizeGreaterThan(30);
        for (Path file : files) {
            assertThat(new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1))
                    .as(file.toString())
                    .doesNotContain(SECRET);
        }
    }

    private static ProcessBuilder submit(List<String> options, String... arguments) {
        List<String> all =
                new ArrayList<>(List.of("--properties-file", properties().toString(), "--master", cluster.address()));
        all.addAll(options);
        return jar.submitInstalled(all, arguments);
    }

    private static void refused(JobJar.Ran ran, String... message) {
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(1);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err()).doesNotContain("\tat ");
        assertThat(ran.err().lines().filter(line -> line.startsWith("apportion: ")))
                .singleElement()
                .asString()
                .contains(message);
    }

    private static Process started(List<String> options, String name, String... more) throws IOException {
        Process run = submit(options, training.arguments(name, more))
                .redirectOutput(folder.resolve(name + "-out.txt").toFile())
                .redirectError(folder.resolve(name + "-err.txt").toFile())
                .start();
        RUNS.add(run);
        return run;
    }

    private static JobJar.Ran ended(Process run, String name) throws Exception {
        JobJar.await(run, folder.resolve(name + "-err.txt"));
        return new JobJar.Ran(
                run.exitValue(),
                Files.readString(folder.resolve(name + "-out.txt")),
                Files.readString(folder.resolve(name + "-err.txt")));
    }

    /** What Spark wrote down of the newest application. */
    private static List<JsonNode> events(String kind) throws IOException {
        Path newest;
        try (Stream<Path> logs = Files.list(folder.resolve("events"))) {
            newest = logs.sorted().reduce((older, newer) -> newer).orElseThrow();
        }
        List<JsonNode> events = new ArrayList<>();
        for (String line : Files.readAllLines(newest)) {
            JsonNode event = JSON.readTree(line);
            if (event.get("Event").asText().equals(kind)) {
                events.add(event);
            }
        }
        return events;
    }

    @Test
    void twoExecutorsOfOneHostGiveTheParametersOfAnEmbeddedRun() throws Exception {
        TinyTraining.good(jar.run(submit(List.of(), training.arguments("plain"))));

        training.assertSame("plain");
        assertThat(events("SparkListenerTaskEnd").stream()
                        .map(event -> event.at("/Task Info/Executor ID").asText())
                        .collect(Collectors.toSet()))
                .isEqualTo(Set.of("0", "1"));
        JsonNode properties = events("SparkListenerEnvironmentUpdate").get(0).get("Spark Properties");
        assertThat(properties.get("spark.network.crypto.enabled").asBoolean()).isTrue();
        assertThat(properties.get("spark.io.encryption.enabled").asBoolean()).isTrue();
        assertThat(properties.get("spark.authenticate.secret").asText()).doesNotContain(SECRET);
    }

    @Test
    void aDriverThatDoesNotKnowTheSecretIsTurnedAway() throws Exception {
        refused(ended(stranger, "stranger"), "the cluster has ended this application");

        training.assertUnfinished("stranger");
    }

    @Test
    void killedExecutorsChangeNothing() throws Exception {
        String name = "killed";
        Process run = started(List.of(), name);
        training.awaitRounds(run, name, 3);
        int kills = 0;
        // Into the next round, and then every few seconds, whatever has come up again.
        for (int pause = 300; kills < 5 && run.isAlive(); pause = 3000) {
            Thread.sleep(pause);
            kills += cluster.killOneExecutor(run) ? 1 : 0;
        }
        assertThat(kills).as("kills before the run ended").isGreaterThanOrEqualTo(2);
        TinyTraining.good(ended(run, name));

        training.assertSame(name);
        assertThat(events("SparkListenerExecutorRemoved")).hasSizeGreaterThanOrEqualTo(1);
        assertThat(events("SparkListenerTaskEnd").stream()
                        .map(event -> event.at("/Task End Reason/Reason").asText()))
                .contains("ExecutorLostFailure");
    }

    @Test
    void executorsFreeTheModelsOfTrialsThatHaveEnded() throws Exception {
        // The heap is resident from the start, so that what grows lies outside of it: 50 MB for a model of 3 million
        // parameters. An executor may keep two models for each processor.
        List<String> options = List.of(
                "--conf", "spark.executor.extraJavaOptions=-Xms512m -XX:+AlwaysPreTouch -XX:ActiveProcessorCount=32");
        Path sweep = folder.resolve("sweep");
        Process run = submit(
                        options,
                        "sweep",
                        training.config().toString(),
                        "--set",
                        "sweep={output=" + sweep + ",budget=256,heads=[2,4],seeds=[1,2,3,4,5,6,7,8,9,10]}",
                        "--set",
                        "model={layers=4,width=256,feed-forward.width=1024}",
                        "--set",
                        "train={replicas=1,batch=1,local-steps=1,steps=1,schedule.warmup-steps=0}")
                .redirectOutput(folder.resolve("sweep-out.txt").toFile())
                .redirectError(folder.resolve("sweep-err.txt").toFile())
                .start();
        RUNS.add(run);
        Map<Long, Long> early = new HashMap<>();
        long growth = 0;
        while (run.isAlive()) {
            if (TinyTraining.lines(sweep.resolve("ledger.jsonl")) >= 6) {
                for (ProcessHandle executor : cluster.executors()) {
                    long resident = residentMegabytes(executor.pid());
                    growth = Math.max(growth, resident - early.computeIfAbsent(executor.pid(), pid -> resident));
                }
            }
            Thread.sleep(50);
        }
        TinyTraining.good(ended(run, "sweep"));

        assertThat(TinyTraining.lines(sweep.resolve("ledger.jsonl"))).isEqualTo(20);
        assertThat(early).isNotEmpty();
        assertThat(growth).as("megabytes more after 20 trials than after 6").isLessThan(200);
    }

    /** 0 of a process that has ended. */
    private static long residentMegabytes(long process) throws IOException {
        Path status = Path.of("/proc/" + process + "/status");
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
                    .findFirst()
                    .orElse(0);
        } catch (NoSuchFileException | UncheckedIOException e) {
            return 0;
        }
    }

    @Test
    void aRunThatCannotGoOnEndsBehindItsLastCheckpoint() throws Exception {
        String[] impatient = {"--set", "cluster.wait-seconds=25"};
        Process run = started(List.of(), "stopped", impatient);
        training.awaitRounds(run, "stopped", 3);
        try {
            cluster.killWorkers();
            long start = System.nanoTime();
            refused(ended(run, "stopped"), "there was no executor for 25 s (cluster.wait-seconds)");
            assertThat((System.nanoTime() - start) * 1e-9).isLessThan(90);
        } finally {
            cluster.startWorkers();
        }
        Map<String, String> last = TinyTraining.parameters(folder.resolve("stopped/round-000002"));

        // Less memory than the smallest model takes: no attempt can begin.
        List<String> starved = List.of(
                "--conf",
                "spark.executor.extraJavaOptions=-Dorg.bytedeco.javacpp.maxphysicalbytes=100k",
                "--conf",
                "spark.task.maxFailures=2");
        refused(
                jar.run(submit(starved, training.arguments("stopped"))),
                "a task needs at least",
                "but the process may take 0.1 MB in all (org.bytedeco.javacpp.maxphysicalbytes");
        assertThat(TinyTraining.parameters(folder.resolve("stopped/round-000002")))
                .isEqualTo(last);

        TinyTraining.good(jar.run(submit(List.of(), training.arguments("stopped"))));
        training.assertSame("stopped");
    }
}
