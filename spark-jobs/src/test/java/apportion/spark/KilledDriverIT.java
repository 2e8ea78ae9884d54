package apportion.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers in processes of their own that get no chance to say goodbye. */
final class KilledDriverIT {

    private static final int ROUNDS = 40;
    private static final int KILLS = 6;

    @TempDir
    private static Path folder;

    private static JobJar jar;

    @BeforeAll
    static void prepare() throws Exception {
        jar = new JobJar(folder, List.of(JobJar.QUICK_START), List.of());
        StringBuilder text = new StringBuilder();
        Random random = new Random(4);
        for (int line = 0; line < 300; line++) {
            text.append("line ")
                    .append(line)
                    .append(" says ")
                    .append(random.nextInt(1000))
                    .append(" things\n");
        }
        Files.writeString(folder.resolve("corpus.txt"), text);
        Files.writeString(folder.resolve("run.conf"), """
                        data {
                          corpus = "%s", output = "%s"
                          format.document = line
                          tokenizer.type = bytes
                          validation.fraction = 0.1
                        }
                        model { layers = 1, width = 64, context = 32, feed-forward.width = 64, dropout = 0.1 }
                        model.attention.heads = 4
                        train {
                          replicas = 2, local-steps = 1, batch = 2, steps = %d, schedule.warmup-steps = 10
                          checkpoint.every-rounds = 1, evaluate-every-rounds = %d
                        }
                        """.formatted(
                        folder.resolve("corpus.txt"), folder.resolve("dataset"), ROUNDS, ROUNDS));
        JobJar.Ran prepared =
                jar.run(jar.local("prepare", folder.resolve("run.conf").toString()));
        assertThat(prepared.exitCode()).as(prepared.err()).isZero();
    }

    private static ProcessBuilder train(Path output) {
        return jar.local(
                "train",
                folder.resolve("run.conf").toString(),
                "--set",
                "train.dataset=" + folder.resolve("dataset"),
                "--set",
                "train.output=" + output);
    }

    /** Every other time inside a checkpoint, and else at any moment behind a round; a second one never gets in. */
    @Test
    void sixTimesKilledItEndsWithTheSameBits() throws Exception {
        JobJar.Ran unbroken = jar.run(train(folder.resolve("unbroken")));
        assertThat(unbroken.exitCode()).as(unbroken.err()).isZero();
        Path output = folder.resolve("killed");
        Random random = new Random(11);
        int torn = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process driver = train(output)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            int round = 2 + 5 * kill + random.nextInt(4);
            boolean within = kill % 2 == 0;
            int files = random.nextInt(4);
            while (driver.isAlive() && !isReached(output, round, within, files)) {
                Thread.sleep(1);
            }
            if (!within) {
                Thread.sleep(random.nextInt(100));
            }
            if (kill == 0) {
                assertRefusedBeside(driver, output);
            }
            driver.destroyForcibly().waitFor();
            assertThat(driver.exitValue()).as("kill %s", kill).isEqualTo(128 + 9);
            torn += names(output).stream().anyMatch(name -> name.startsWith(".writing-")) ? 1 : 0;
        }

        JobJar.Ran last = jar.run(train(output));

        assertThat(last.exitCode()).as(last.err()).isZero();
        assertThat(last.err()).doesNotContain("WARN");
        assertThat(torn).as("checkpoints that a kill cut off").isPositive();
        assertThat(sha256(output.resolve(last())))
                .isEqualTo(sha256(folder.resolve("unbroken").resolve(last())));
        assertThat(names(output)).noneMatch(name -> name.startsWith(".writing-"));
    }

    private static String last() {
        return "round-0000" + ROUNDS;
    }

    /** Whether a round has a checkpoint, or one behind it is being written and has so many files. */
    private static boolean isReached(Path output, int round, boolean within, int files) throws IOException {
        for (String name : names(output)) {
            String digits = name.replaceFirst("^(\\.writing-)?round-", "");
            if (digits.matches("\\d{6}") && Integer.parseInt(digits) >= round) {
                if (!within) {
                    return true;
                }
                if (name.startsWith(".writing-") && names(output.resolve(name)).size() > files) {
                    return true;
                }
            }
        }
        return false;
    }

    private static List<String> names(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (java.nio.file.NoSuchFileException | UncheckedIOException e) {
            // Not there yet, or renamed meanwhile.
            return List.of();
        }
    }

    private static Map<String, String> sha256(Path checkpoint) throws IOException, NoSuchAlgorithmException {
        Map<String, String> sums = new TreeMap<>();
        for (String file : List.of("model.safetensors", "optimizer.safetensors")) {
            sums.put(
                    file,
                    HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256")
                                    .digest(Files.readAllBytes(checkpoint.resolve(file)))));
        }
        return sums;
    }

    private static void assertRefusedBeside(Process first, Path output) throws Exception {
        // It must not end before the second has looked.
        signal(first, "STOP");
        JobJar.Ran second = jar.run(train(output));
        assertThat(second.exitCode()).as(second.err()).isEqualTo(2);
        assertThat(second.err().lines())
                .singleElement()
                .asString()
                .startsWith("apportion: ")
                .contains(output + " is in use by another process");
    }

    private static void signal(Process process, String signal) throws Exception {
        assertThat(new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** As Ctrl-C does to trials that run side by side, whose Spark is gone before they are. */
    @Test
    void aSignalEndsASweepWithOneLine() throws Exception {
        Path output = folder.resolve("sweep");
        Path err = folder.resolve("sweep-err.txt");
        Process sweep = jar.local(
                        "sweep",
                        folder.resolve("run.conf").toString(),
                        "--set",
                        "train.dataset=" + folder.resolve("dataset"),
                        "--set",
                        "sweep.output=" + output,
                        "--set",
                        "sweep.heads=[2,4]",
                        "--set",
                        "train.replicas=1",
                        "--set",
                        "train.steps=100000")
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(err.toFile())
                .start();
        while (sweep.isAlive() && !isUnderWay(output)) {
            Thread.sleep(10);
        }
        signal(sweep, "TERM");
        JobJar.await(sweep, err);

        String said = Files.readString(err);
        assertThat(sweep.exitValue()).as(said).isEqualTo(128 + 15);
        assertThat(said).doesNotContain("\tat ");
        assertThat(said.lines().filter(line -> line.startsWith("apportion: ")))
                .containsExactly("apportion: stopped by a signal; start the same command again to go on");
    }

    /** Whether two trials have checkpoints. */
    private static boolean isUnderWay(Path sweep) throws IOException {
        int trials = 0;
        for (String trial : names(sweep.resolve("trials"))) {
            trials += names(sweep.resolve("trials").resolve(trial)).stream().anyMatch(name -> name.startsWith("round-"))
                    ? 1
                    : 0;
        }
        return trials > 1;
    }

    @Test
    void tensorsThatDoNotFitAreToldWithTheLimitAndTheKeysToLower() throws Exception {
        JobJar small = new JobJar(
                folder, List.of(JobJar.QUICK_START, "-Dorg.bytedeco.javacpp.maxphysicalbytes=800m"), List.of());
        JobJar.Ran ran = small.run(small.local(
                "train",
                folder.resolve("run.conf").toString(),
                "--set",
                "train.dataset=" + folder.resolve("dataset"),
                "--set",
                "train.output=" + folder.resolve("too-large"),
                "--set",
                "compute.backend=nd4j",
                "--set",
                "train.replicas=1",
                "--set",
                "train.batch=8192"));

        assertThat(ran.exitCode()).as(ran.err()).isEqualTo(1);
        assertThat(ran.err().lines().filter(line -> !line.startsWith("train ")))
                .singleElement()
                .asString()
                .startsWith("apportion: a task needs at least ")
                .contains(
                        "(org.bytedeco.javacpp.maxphysicalbytes, ",
                        "Physical memory usage is too high",
                        "; lower train.batch, raise train.accumulate");
    }
}
