package apportion.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user can get wrong, through the real commands: one message, the right exit code, nothing lost. */
final class BadInputTest {

    private static final String MASTER = "spark.master";
    private static final String SENTENCE = "some lines of text that come again and again\n";

    @TempDir
    private static Path folder;

    private static Path dataset;

    private interface Writer {
        void write(OutputStream out) throws IOException;
    }

    @BeforeAll
    static void prepare() throws IOException {
        System.setProperty(MASTER, "local[2]");
        dataset = folder.resolve("dataset");
        Path corpus = Files.writeString(folder.resolve("good.txt"), SENTENCE.repeat(30));
        assertThat(prepare(corpus, dataset).exitCode()).isZero();
    }

    @AfterAll
    static void reset() {
        System.clearProperty(MASTER);
    }

    @AfterEach
    void local() {
        System.setProperty(MASTER, "local[2]");
    }

    private static Ran run(String... arguments) {
        return Ran.of((Object[]) arguments);
    }

    private static String[] with(List<String> command, String... settings) {
        List<String> all = new ArrayList<>(command);
        Arrays.stream(settings).forEach(setting -> all.addAll(List.of("--set", setting)));
        return all.toArray(String[]::new);
    }

    private static Ran prepare(Path corpus, Path output, String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "data.corpus=" + corpus,
                "data.output=" + output,
                "data.format.document=line",
                "data.deduplicate=none",
                "data.validation={ by = tail, fraction = 0.3 }",
                "data.sequence=8"));
        all.addAll(List.of(settings));
        return run(with(List.of("prepare"), all.toArray(String[]::new)));
    }

    private static Ran train(Path output, String... settings) {
        List<String> all = new ArrayList<>(List.of(
                "model={ layers = 1, width = 8, context = 8, feed-forward.width = 8, attention.heads = 2 }",
                "train={ replicas = 1, local-steps = 1, batch = 2, steps = 4 }",
                "train.checkpoint={ every-rounds = 1, keep = 2 }",
                "train.dataset=" + dataset,
                "train.output=" + output));
        all.addAll(List.of(settings));
        return run(with(List.of("train"), all.toArray(String[]::new)));
    }

    private static void assertFailed(Ran ran, int exitCode, String... messages) {
        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(exitCode);
        assertThat(ran.out()).isEmpty();
        assertThat(ran.err().lines().filter(line -> line.startsWith("apportion: ")))
                .isNotEmpty();
        assertThat(ran.err()).contains(messages).doesNotContain("\tat ", "Exception", "unexpected");
    }

    static Stream<Arguments> corpora() {
        return Stream.of(
                Arguments.of("empty.txt", (Writer) out -> {}, "has no documents to keep"),
                Arguments.of("one-line.txt", write("hi"), "but one sequence needs 9"),
                Arguments.of(
                        "latin-1.txt",
                        (Writer) out -> out.write("ok\ncaf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1)),
                        "latin-1.txt"),
                Arguments.of("torn.txt.gz", (Writer) BadInputTest::tornGzip, "torn.txt.gz"),
                Arguments.of("binary.txt", (Writer) BadInputTest::binary, "binary.txt"),
                Arguments.of("long-line.txt", (Writer) BadInputTest::longLine, "long-line.txt"));
    }

    private static Writer write(String text) {
        return out -> out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    private static void tornGzip(OutputStream out) throws IOException {
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        try (OutputStream gzip = new GZIPOutputStream(whole)) {
            Random random = new Random(1);
            for (int i = 0; i < 2000; i++) {
                gzip.write(("line " + random.nextInt() + "\n").getBytes(StandardCharsets.UTF_8));
            }
        }
        out.write(whole.toByteArray(), 0, whole.size() / 2);
    }

    private static void binary(OutputStream out) throws IOException {
        byte[] bytes = new byte[100_000];
        new Random(2).nextBytes(bytes);
        out.write(bytes);
    }

    private static void longLine(OutputStream out) throws IOException {
        byte[] megabyte = new byte[1_000_000];
        Arrays.fill(megabyte, (byte) 'a');
        for (int i = 0; i < 100; i++) {
            out.write(megabyte);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("corpora")
    void aCorpusThatCannotBeUsedIsNamedAndNothingIsLeft(String name, Writer content, String message)
            throws IOException {
        Path corpus = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(corpus)) {
            content.write(out);
        }

        Ran ran = prepare(corpus, folder.resolve("never"));

        assertFailed(ran, 2, message);
        assertThat(folder.resolve("never")).doesNotExist();
        Files.delete(corpus);
    }

    @Test
    void aMissingCorpusIsNamed() {
        assertFailed(prepare(folder.resolve("absent.txt"), folder.resolve("never")), 2, "absent.txt names no file");
    }

    @Test
    void badLinesMayBeLeftOutInstead() throws IOException {
        Path corpus = folder.resolve("mixed.txt");
        try (OutputStream out = Files.newOutputStream(corpus)) {
            out.write(SENTENCE.repeat(20).getBytes(StandardCharsets.UTF_8));
            out.write("caf\u00e9\n".getBytes(StandardCharsets.ISO_8859_1));
        }

        Ran ran = prepare(corpus, folder.resolve("mixed"), "data.on-bad-text=skip");

        assertThat(ran.exitCode()).as(ran.err()).isZero();
        assertThat(ran.out()).contains("of 20 documents to train on").contains("=1");
    }

    @Test
    void allProblemsOfAConfigurationAreToldAtOnceBeforeSparkStarts() throws IOException {
        System.setProperty(MASTER, "no-such-master");
        Path file = Files.writeString(folder.resolve("wrong.conf"), """
                model {
                  widht = 64
                  layers = many
                }
                train.local-steps = 0
                sweep {
                  output = out
                  budget = 12
                  heads = [1, 5]
                }
                compute.backend = abacus
                datta.corpus = x
                """);

        Ran ran = run("sweep", file.toString());

        assertFailed(
                ran,
                2,
                "wrong.conf: 2: model.widht is not a known key; did you mean model.width?",
                "wrong.conf: 3: model.layers",
                "wrong.conf: 5: train.local-steps",
                "wrong.conf: 9: ",
                "wrong.conf: 11: compute.backend",
                "wrong.conf: 12: datta",
                "train.dataset has no value");
    }

    @Test
    void whatTrainCannotDoWithoutIsToldWithEverythingElse() {
        System.setProperty(MASTER, "no-such-master");

        assertFailed(
                run("train", "--set", "train.batch=0"),
                2,
                "train.dataset has no value",
                "train.output has no value",
                "train.batch=0");
    }

    @Test
    void aVocabularyThatIsNotTheDatasetsIsRefused() {
        assertFailed(
                train(folder.resolve("vocabulary"), "model.vocabulary=300"),
                2,
                "model.vocabulary must be the tokenizer's 257, got 300");
        assertThat(folder.resolve("vocabulary")).doesNotExist();
    }

    @Test
    void anotherRunsDirectoryStaysAsItWas() throws IOException {
        Path run = folder.resolve("run");
        assertThat(train(run).exitCode()).isZero();
        byte[] metrics = Files.readAllBytes(run.resolve("metrics.jsonl"));

        assertFailed(
                train(run, "train.seed=2", "train.schedule.final-fraction=0.3"),
                2,
                "belongs to another run: train.schedule.final-fraction = 0.3 (there 0.1), train.seed = 2 (there 1); name"
                        + " another output directory, or delete it");
        Path other = folder.resolve("other-dataset");
        assertThat(prepare(folder.resolve("good.txt"), other, "data.sequence=7").exitCode())
                .isZero();
        assertFailed(
                train(run, "train.dataset=" + other),
                2,
                "belongs to another run: the dataset file:" + other + " is ",
                " (there ");
        assertFailed(train(dataset), 2, "is not empty and belongs to no run");
        assertFailed(prepare(folder.resolve("good.txt"), run), 2, "exists and holds no dataset");
        assertFailed(prepare(folder.resolve("good.txt"), dataset, "data.sequence=4"), 2, "holds another dataset");

        assertThat(run.resolve("metrics.jsonl")).hasBinaryContent(metrics);
        assertThat(run("evaluate", "--checkpoint", run.toString(), "--dataset", dataset.toString())
                        .exitCode())
                .isZero();
    }

    @Test
    void aFullDiskEndsARunThatGoesOnOnceThereIsRoom() throws Exception {
        Path disk = Files.createDirectory(folder.resolve("disk"));
        assumeTrue(
                mount("-t", "tmpfs", "-o", "size=128k", "tmpfs", disk.toString()), "only root can mount a small disk");
        try {
            Ran full = train(disk.resolve("run"));
            assertFailed(full, 1, "no space left to write the checkpoints of ", "free some and start again");
            assertThat(disk.resolve("run/round-000001")).exists();
            assertThat(disk.resolve("run/round-000004")).doesNotExist();
            assertFailed(
                    prepare(folder.resolve("good.txt"), disk.resolve("dataset"), "data.part-sequences=1"),
                    1,
                    "no space left");
            assertThat(disk.resolve("dataset")).doesNotExist();

            assertThat(mount("-o", "remount,size=4m", disk.toString())).isTrue();
            Ran resumed = train(disk.resolve("run"));
            assertThat(resumed.exitCode()).as(resumed.err()).isZero();
            assertThat(Files.readAllLines(disk.resolve("run/metrics.jsonl"))).hasSize(4);
            Path roomy = folder.resolve("roomy");
            assertThat(train(roomy).exitCode()).isZero();
            for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
                assertThat(disk.resolve("run/round-000004").resolve(file))
                        .hasSameBinaryContentAs(roomy.resolve("round-000004").resolve(file));
            }
        } finally {
            new ProcessBuilder("umount", disk.toString()).start().waitFor();
        }
    }

    private static boolean mount(String... arguments) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("mount"));
        command.addAll(List.of(arguments));
        try {
            return new ProcessBuilder(command).start().waitFor() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void aBenchWithoutTextsSaysSo() throws IOException {
        Path empty = Files.writeString(folder.resolve("nothing.txt"), "\n\n");

        assertFailed(run("bench", "tokenize", "--text", empty.toString()), 2, "there is nothing to encode");
        assertFailed(run("bench", "tokenize", "--text", "absent.txt"), 2, "absent.txt does not exist");
        assertFailed(run("bench"), 2, "missing what to measure; see apportion bench --help");
        assertThat(run("bench", "--help").out()).contains("tokenize");
    }
}
