package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The job jar in processes of its own, as users run it. */
final class JobJarIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private static JobJar jar;

    private static JobJar.Ran embedded;

    @BeforeAll
    static void quickstart() throws Exception {
        jar = new JobJar(folder);
        Random random = new Random(4);
        String text = IntStream.range(0, 400)
                .mapToObj(line -> "line " + line + " says " + random.nextInt(1000) + " things about "
                        + random.nextInt(10) + " heads\n")
                .collect(Collectors.joining());
        Files.writeString(folder.resolve("corpus.txt"), text);
        embedded = jar.run(jar.local("quickstart", config("embedded"), "--json"));
    }

    /** A spark-submit of local-cluster keeps its executors' jars and logs there. */
    @AfterAll
    static void clean() throws IOException {
        Path work = JobJar.SPARK.resolve("work");
        if (Files.exists(work)) {
            try (Stream<Path> files = Files.walk(work)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    /** A quickstart of two layouts with two seeds, and a training run of eight rounds. */
    private static String config(String name) throws IOException {
        Path output = folder.resolve(name);
        return Files.writeString(folder.resolve(name + ".conf"), """
                        data {
                          corpus = "%s"
                          output = "%s/dataset"
                          format.document = line
                          tokenizer { type = bpe, vocab-size = 300 }
                          validation.fraction = 0.3
                        }
                        model { layers = 1, width = 32, context = 32, feed-forward.width = 64, dropout = 0.1 }
                        train {
                          output = "%s/train"
                          replicas = 2, local-steps = 5, batch = 4, steps = 10, schedule.warmup-steps = 2
                        }
                        sweep { output = "%s/sweep", budget = 32, heads = [1, 4], seeds = [1, 2] }
                        """.formatted(
                                folder.resolve("corpus.txt"), output, output, output))
                .toString();
    }

    @Test
    void helpNamesTheCommands() throws Exception {
        JobJar.Ran ran = jar.run(jar.local("--help"));

        assertThat(ran.exitCode()).isZero();
        assertThat(ran.out()).contains("quickstart", "prepare", "sweep", "generate", "bench");
        assertThat(ran.err()).isEmpty();
    }

    @Test
    void theQuickstartLeavesAReport() throws Exception {
        assertThat(embedded.exitCode()).as(embedded.err()).isZero();
        assertThat(embedded.out().strip()).doesNotContain("\n");
        JsonNode json = embedded.json();
        assertThat(json.get("trials").asInt()).isEqualTo(4);
        assertThat(json.get("best").get("loss").asDouble()).isBetween(3.0, 5.7);
        assertThat(json.get("best").get("heads").asInt()
                        * json.get("best").get("headDim").asInt())
                .isEqualTo(32);
        assertThat(json.get("seconds").asDouble()).isPositive();
        assertThat(Path.of(json.get("report").asText())).content().startsWith("<!DOCTYPE html>");
        assertThat(embedded.err()).contains("sweep: 8 of 8").doesNotContain("WARN", "\tat ");
    }

    @Test
    void aClusterOfTwoExecutorsGivesTheSameDatasetAndLosses() throws Exception {
        JobJar.Ran cluster = jar.run(
                jar.submit(Path.of("../conf/cluster/local-cluster.conf"), "quickstart", config("cluster"), "--json"));

        assertThat(cluster.exitCode()).as(cluster.err()).isZero();
        assertThat(cluster.out().strip()).doesNotContain("\n");
        assertThat(hashes(folder.resolve("cluster/dataset"))).isEqualTo(hashes(folder.resolve("embedded/dataset")));
        assertThat(losses("cluster")).hasSize(4).isEqualTo(losses("embedded"));
        try (Stream<Path> executors = Files.walk(JobJar.SPARK.resolve("work"), 2)) {
            assertThat(executors.map(path -> path.getFileName().toString())).contains("0", "1");
        }
    }

    @Test
    void aKilledRunGoesOnToTheSameParameters() throws Exception {
        String[] arguments = {
            "train",
            config("embedded"),
            "--set",
            "train.steps=240",
            "--set",
            "train.local-steps=30",
            "--set",
            "train.checkpoint.every-rounds=2",
            "--set",
            "model.attention.heads=4",
            "--set"
        };
        JobJar.Ran unbroken = jar.run(jar.local(with(arguments, "train.output=" + folder.resolve("unbroken"))));
        assertThat(unbroken.exitCode()).as(unbroken.err()).isZero();

        Path output = folder.resolve("killed");
        Process process = jar.local(with(arguments, "train.output=" + output))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Path metrics = output.resolve("metrics.jsonl");
        while (process.isAlive()
                && (!Files.exists(metrics) || Files.readAllLines(metrics).size() < 3)) {
            Thread.sleep(20);
        }
        double seconds =
                JSON.readTree(Files.readAllLines(metrics).get(2)).get("seconds").asDouble();
        Thread.sleep((long) (400 * seconds));
        process.destroyForcibly().waitFor();
        assertThat(process.exitValue()).isEqualTo(128 + 9);
        assertThat(output.resolve("round-000002")).exists();
        assertThat(output.resolve("round-000008")).doesNotExist();

        JobJar.Ran resumed = jar.run(jar.local(with(arguments, "train.output=" + output)));

        assertThat(resumed.exitCode()).as(resumed.err()).isZero();
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            assertThat(JobJar.sha256(output.resolve("round-000008").resolve(file)))
                    .isEqualTo(JobJar.sha256(
                            folder.resolve("unbroken/round-000008").resolve(file)));
        }
    }

    @Test
    void aMistakeIsToldInOneLine() throws Exception {
        Path latin = folder.resolve("latin.txt");
        Files.write(latin, "caf\u00e9 au lait".getBytes(StandardCharsets.ISO_8859_1));
        Path output = folder.resolve("never");

        JobJar.Ran ran = jar.run(jar.local(
                "prepare", config("mistaken"), "--set", "data.corpus=" + latin, "--set", "data.output=" + output));

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines().filter(line -> !line.startsWith("prepare: ")))
                .singleElement()
                .asString()
                .startsWith("apportion: ")
                .contains("latin.txt", "3");
        assertThat(output).doesNotExist();
    }

    private static String[] with(String[] arguments, String last) {
        return Stream.concat(Stream.of(arguments), Stream.of(last)).toArray(String[]::new);
    }

    private static Map<String, String> hashes(Path directory) throws Exception {
        Map<String, String> hashes = new TreeMap<>();
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                hashes.put(directory.relativize(file).toString(), JobJar.sha256(file));
            }
        }
        return hashes;
    }

    private static Map<String, Double> losses(String name) throws IOException {
        Map<String, Double> losses = new TreeMap<>();
        for (String line : Files.readAllLines(folder.resolve(name).resolve("sweep/ledger.jsonl"))) {
            JsonNode trial = JSON.readTree(line);
            losses.put(
                    trial.get("id").asText(),
                    trial.get("outcome").get("validation").get("loss").asDouble());
        }
        return losses;
    }
}
