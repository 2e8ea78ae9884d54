package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training on hosts with GPUs, as far as it goes without one: the shipped script asks an {@code nvidia-smi} that counts
 * two devices, Spark shares them out to real processes, and the run records which replica was given which.
 */
final class GpuIT {

    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    private static Path folder;

    private static JobJar jar;
    private static Path config;
    private static Path settings;

    @BeforeAll
    static void prepare() throws Exception {
        jar = new JobJar(folder, List.of(JobJar.QUICK_START), List.of());
        Files.writeString(folder.resolve("corpus.txt"), "heads and tails\n".repeat(200));
        config = Files.writeString(
                folder.resolve("tiny.conf"), """
                        data { corpus = "%s", output = "%s", validation.by = tail }
                        model { layers = 1, width = 16, context = 16, feed-forward.width = 16, attention.heads = 2 }
                        train { replicas = 2, local-steps = 2, batch = 2, steps = 8, schedule.warmup-steps = 2 }
                        """.formatted(folder.resolve("corpus.txt"), folder.resolve("dataset")));
        TinyTraining.good(jar.run(jar.local("prepare", config.toString())));
        Path smi = Files.writeString(folder.resolve("nvidia-smi"), "#!/bin/sh\nprintf '0\\n1\\n'\n");
        assertThat(smi.toFile().setExecutable(true)).isTrue();
        Path cluster = Path.of("../conf/cluster");
        Path script = cluster.resolve("gpus.sh").toRealPath();
        settings = Files.writeString(
                folder.resolve("cluster.conf"),
                Files.readString(cluster.resolve("local-cluster.conf"))
                        + Files.readString(cluster.resolve("gpu.conf"))
                        + """
                        spark.master                                local-cluster[1,2,1024]
                        spark.driver.memory                         512m
                        spark.executor.memory                       512m
                        spark.worker.resource.gpu.amount            2
                        spark.worker.resource.gpu.discoveryScript   %s
                        # Or the first executor would get both replicas of the first round.
                        spark.cores.max                             2
                        spark.scheduler.minRegisteredResourcesRatio 1.0
                        """.formatted(script));
    }

    private static JobJar.Ran train(String name, List<String> options, String... more) throws Exception {
        List<String> all = new ArrayList<>(List.of("--properties-file", settings.toString()));
        all.addAll(options);
        List<String> arguments =
                new ArrayList<>(List.of("train", config.toString(), "--set", "train.output=" + folder.resolve(name)));
        arguments.addAll(List.of(more));
        ProcessBuilder run = jar.submitInstalled(all, arguments.toArray(String[]::new));
        run.environment().compute("PATH", (key, path) -> folder + File.pathSeparator + path);
        run.environment().remove("CUDA_VISIBLE_DEVICES");
        return jar.run(run);
    }

    /** Of each round, in the order of the replicas. */
    private static List<List<String>> gpus(String name) throws IOException {
        List<List<String>> rounds = new ArrayList<>();
        for (String line : Files.readAllLines(folder.resolve(name).resolve("metrics.jsonl"))) {
            JsonNode gpus = JSON.readTree(line).path("gpus");
            rounds.add(IntStream.range(0, gpus.size())
                    .mapToObj(replica -> gpus.get(replica).asText())
                    .toList());
        }
        return rounds;
    }

    @Test
    void twoReplicasInOneExecutorHaveAGpuEach() throws Exception {
        List<String> one =
                List.of("--conf", "spark.executor.cores=2", "--conf", "spark.executor.resource.gpu.amount=2");
        JobJar.Ran ran = train("one-executor", one, "--set", "compute.backend=onednn");
        TinyTraining.good(ran);

        assertThat(ran.err()).contains("gpus=idle: spark.task.resource.gpu.amount is set");
        assertThat(gpus("one-executor"))
                .hasSize(4)
                .allSatisfy(round -> assertThat(round).containsExactlyInAnyOrder("0:0", "0:1"));
    }

    @Test
    void twoExecutorsOfOneHostHaveAGpuEach() throws Exception {
        List<String> two = List.of("--conf", "spark.executor.cores=1");
        TinyTraining.good(train("two-executors", two, "--set", "compute.backend=onednn"));

        // Which executor has which is Spark's choice.
        List<List<String>> rounds = gpus("two-executors");
        assertThat(rounds)
                .hasSize(4)
                .allSatisfy(round -> assertThat(Set.copyOf(round)).isIn(Set.of("0:0", "1:1"), Set.of("0:1", "1:0")));
        assertThat(rounds.stream().flatMap(List::stream).distinct()).hasSize(2);
    }

    @Test
    void aBuildForTheCpuRefusesGpusBeforeSparkStarts() throws Exception {
        JobJar.Ran ran = train("refused", List.of());

        assertThat(ran.exitCode()).isEqualTo(2);
        assertThat(ran.err().lines().filter(line -> !line.isBlank()))
                .singleElement()
                .asString()
                .startsWith("apportion: spark.task.resource.gpu.amount is set, but this build computes on the CPU;");
        assertThat(folder.resolve("refused")).doesNotExist();
    }
}
