package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What the commands do on {@code file:} they do on another file system, too; a subclass starts a real one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RemoteStorageChecks {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String[] TRAIN = {
        "--set", "model.attention.heads=4", "--set", "train.steps=30", "--set", "train.checkpoint.every-rounds=1"
    };

    @TempDir
    private static Path folder;

    Running files;
    private JobJar jar;
    private String root;
    private String config;

    /** A running file system, with an empty root. */
    interface Running {

        /** A directory, without a slash at its end. */
        String root();

        /** A path on a file system of this kind that does not answer. */
        String unreachable();

        /** The job jar with what it needs to reach the file system. */
        JobJar jar();

        /** Writes a file, by other means than those under test. */
        void put(String path, byte[] content) throws Exception;

        /** Reads a file; empty if there is none. */
        byte[] read(String path) throws Exception;

        void stop() throws Exception;
    }

    abstract Running start(Path folder) throws Exception;

    @BeforeAll
    final void prepare() throws Exception {
        files = start(folder);
        root = files.root();
        jar = files.jar();
        config = Files.writeString(folder.resolve("tiny.conf"), """
                        data {
                          tokenizer { type = bpe, vocab-size = 300 }
                          validation.fraction = 0.3
                        }
                        model { layers = 1, width = 32, context = 32, feed-forward.width = 64, dropout = 0.1 }
                        train { replicas = 2, local-steps = 5, batch = 4, steps = 10, schedule.warmup-steps = 2 }
                        sweep { budget = 32, seeds = [1] }
                        """).toString();
        Random random = new Random(4);
        List<String> lines = IntStream.range(0, 600)
                .mapToObj(line -> "line " + line + " says " + random.nextInt(1000) + " things about heads\n")
                .toList();
        corpus("a/1.txt", text(lines.subList(0, 200)));
        corpus("a/2.txt.gz", gzip(text(lines.subList(200, 400))));
        corpus("b/3.txt.zst", Zstd.compress(text(lines.subList(400, 600))));
        List<String> json = lines.stream()
                .map(line -> "{\"text\": \"" + line.strip() + "\"}\n")
                .toList();
        files.put(root + "/json/1.jsonl", text(json.subList(0, 500)));
        files.put(root + "/json/deeper/2.jsonl.gz", gzip(text(json.subList(500, 600))));
        good(
                "prepare",
                config,
                "--set",
                "data.format.document=line",
                "--set",
                "data.corpus=\"" + root + "/text/*/*.txt*\"",
                "--set",
                output("dataset"));
    }

    @AfterAll
    final void end() throws Exception {
        files.stop();
    }

    private static byte[] text(List<String> lines) {
        return String.join("", lines).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(plain);
        }
        return bytes.toByteArray();
    }

    /** The same bytes here and there. */
    private void corpus(String name, byte[] content) throws Exception {
        Path local = folder.resolve("text").resolve(name);
        Files.createDirectories(local.getParent());
        Files.write(local, content);
        files.put(root + "/text/" + name, content);
    }

    private String output(String name) {
        return "data.output=" + root + "/" + name;
    }

    @Test
    void aDatasetHasTheBytesOfOneOfLocalFiles() throws Exception {
        Path local = folder.resolve("dataset");
        good(
                "prepare",
                config,
                "--set",
                "data.format.document=line",
                "--set",
                "data.corpus=" + folder.resolve("text"),
                "--set",
                "data.output=" + local);
        good(
                "prepare",
                config,
                "--set",
                "data.corpus=" + root + "/json",
                "--set",
                "data.format={ type = jsonl, field = text }",
                "--set",
                output("of-json"));

        JsonNode expected = JSON.readTree(local.resolve("manifest.json").toFile());
        for (String name : List.of("dataset", "of-json")) {
            JsonNode manifest = JSON.readTree(files.read(root + "/" + name + "/manifest.json"));
            for (String part : List.of("tokenizer", "train", "validation", "unigramEntropy")) {
                assertThat(manifest.get(part)).as(name).isEqualTo(expected.get(part));
            }
            String file = manifest.at("/train/parts/0/file").asText();
            assertThat(files.read(root + "/" + name + "/" + file)).isEqualTo(Files.readAllBytes(local.resolve(file)));
        }
    }

    @Test
    void aKilledRunGoesOnAndIsMeasured() throws Exception {
        String run = root + "/run";
        Process killed = jar.local(train(run))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        while (killed.isAlive() && files.read(run + "/round-000003/manifest.json").length == 0) {
            Thread.sleep(50);
        }
        killed.destroyForcibly().waitFor();
        List<String> before = lines(run + "/metrics.jsonl");

        JsonNode ended = good(train(run));

        assertThat(ended.get("rounds").asInt()).isEqualTo(6);
        // The seconds of a round that is done again are others; the third may have been cut off in its last moment.
        assertThat(lines(run + "/metrics.jsonl"))
                .hasSize(6)
                .startsWith(before.subList(0, 2).toArray(String[]::new));
        JsonNode measured = good("evaluate", "--checkpoint", run, "--dataset", root + "/dataset");
        assertThat(measured.get("loss").asDouble())
                .isCloseTo(ended.get("validationLoss").asDouble(), within(1e-6));
        refused(2, "belongs to another run", with(train(run), "--set", "train.seed=2"));
    }

    final String[] train(String output) {
        String[] where = {
            "train", config, "--set", "train.dataset=" + root + "/dataset", "--set", "train.output=" + output
        };
        return with(where, TRAIN);
    }

    @Test
    void aSweepGoesOnWhereItEnded() throws Exception {
        String sweep = root + "/sweep";
        String[] arguments = {
            "sweep", config, "--set", "train.dataset=" + root + "/dataset", "--set", "sweep.output=" + sweep
        };
        good(with(arguments, "--set", "sweep.heads=[1]"));
        List<String> first = lines(sweep + "/ledger.jsonl");
        JsonNode second = good(with(arguments, "--set", "sweep.heads=[1, 4]"));

        assertThat(second.get("trials").asInt()).isEqualTo(2);
        assertThat(first).hasSize(1);
        assertThat(lines(sweep + "/ledger.jsonl")).hasSize(2).startsWith(first.get(0));
        assertThat(second.get("report").asText()).isEqualTo(sweep + "/report.html");
        assertThat(files.read(sweep + "/report.html")).asString().startsWith("<!DOCTYPE html>");
    }

    @Test
    void whatIsNotThereIsToldInOneLine() throws Exception {
        String[] prepare = {"prepare", config, "--set", "data.output=" + folder.resolve("never"), "--set"};
        refused(2, root + "/nothing", with(prepare, "data.corpus=" + root + "/nothing"));
        long start = System.nanoTime();
        refused(1, "cannot reach " + files.unreachable(), with(prepare, "data.corpus=" + files.unreachable()));
        assertThat((System.nanoTime() - start) * 1e-9).isLessThan(90);
        assertThat(folder.resolve("never")).doesNotExist();
    }

    private void refused(int exitCode, String message, String... arguments) throws Exception {
        JobJar.Ran ran = jar.run(jar.local(arguments));
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
        assertThat(ran.err().lines())
                .singleElement()
                .asString()
                .startsWith("apportion: ")
                .contains(message);
    }

    final JsonNode good(String... arguments) throws Exception {
        JobJar.Ran ran = jar.run(jar.local(with(arguments, "--json")));
        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.err()).doesNotContain("WARN", "\tat ");
        return ran.json();
    }

    private List<String> lines(String path) throws Exception {
        return new String(files.read(path), StandardCharsets.UTF_8).lines().toList();
    }

    private static String[] with(String[] arguments, String... more) {
        return Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new);
    }
}
