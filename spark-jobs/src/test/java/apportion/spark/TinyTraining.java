package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * A run of two replicas through eight rounds of some tenths of a second, trained on the embedded Spark to compare with.
 */
final class TinyTraining {

    private static final String LAST = "round-000008";

    private final Path folder;
    private final Path config;
    private final Map<String, String> expected;

    /** Prepares the dataset and trains once, all in a folder. */
    TinyTraining(JobJar jar, Path folder) throws Exception {
        this.folder = folder;
        this.config = Files.writeString(
                folder.resolve("tiny.conf"), """
                        data {
                          corpus = "%s"
                          output = "%s"
                          format.document = line
                          tokenizer { type = bpe, vocab-size = 300 }
                          validation.fraction = 0.3
                        }
                        model { layers = 1, width = 32, context = 32, feed-forward.width = 64, dropout = 0.1 }
                        model.attention.heads = 4
                        train {
                          replicas = 2, local-steps = 300, batch = 4, steps = 2400, schedule.warmup-steps = 2
                          checkpoint.every-rounds = 2
                        }
                        """.formatted(folder.resolve("corpus.txt"), folder.resolve("dataset")));
        Random random = new Random(4);
        Files.writeString(
                folder.resolve("corpus.txt"),
                IntStream.range(0, 400)
                        .mapToObj(line -> "line " + line + " says " + random.nextInt(1000) + " things about heads\n")
                        .collect(Collectors.joining()));
        good(jar.run(jar.local("prepare", config.toString())));
        good(jar.run(jar.local(arguments("embedded"))));
        this.expected = parameters(folder.resolve("embedded").resolve(LAST));
    }

    Path config() {
        return config;
    }

    /** To train into a directory of the folder. */
    String[] arguments(String name, String... more) {
        return argumentsOf(config.toString(), name, more);
    }

    /** The same where the configuration has another name. */
    String[] argumentsOf(String file, String name, String... more) {
        String[] common = {"train", file, "--set", "train.output=" + folder.resolve(name)};
        return Stream.of(common, more).flatMap(Stream::of).toArray(String[]::new);
    }

    static void good(JobJar.Ran ran) {
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.err()).doesNotContain("\tat ");
    }

    void assertSame(String name) throws Exception {
        assertThat(parameters(folder.resolve(name).resolve(LAST))).isEqualTo(expected);
    }

    void assertUnfinished(String name) {
        assertThat(folder.resolve(name).resolve(LAST)).doesNotExist();
    }

    /** SHA-256 of the model and of the replicas' optimizer states. */
    static Map<String, String> parameters(Path checkpoint) throws Exception {
        Map<String, String> hashes = new TreeMap<>();
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            hashes.put(file, JobJar.sha256(checkpoint.resolve(file)));
        }
        return hashes;
    }

    /** Waits until a run has recorded so many rounds. */
    void awaitRounds(Process run, String name, int rounds) throws Exception {
        Path metrics = folder.resolve(name).resolve("metrics.jsonl");
        while (run.isAlive() && lines(metrics) < rounds) {
            Thread.sleep(20);
        }
        assertThat(run.isAlive()).as(name).isTrue();
    }

    /** Of a log that may not be there yet. */
    static int lines(Path metrics) throws IOException {
        return Files.exists(metrics) ? Files.readAllLines(metrics).size() : 0;
    }
}
