package apportion.spark.bench;

import apportion.data.tokenize.BpeTrainer;
import apportion.data.tokenize.Words;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How fast we encode beside Hugging Face's tokenizer, which runs through DJL's binding, below DJL's own conversions,
 * and by whichever of its single and batch calls is faster.
 *
 * <p>Both read the same tokenizer.json and the same texts, and must find the same number of tokens.
 */
public final class TokenizeBench {

    private static final String PEER = "apportion.data.tokenize.HuggingFacePeer";
    private static final int LEARNED_VOCABULARY = 8192;
    private static final int ROUNDS = 5;

    /**
     * One comparison.
     *
     * @param ours megabytes of UTF-8 a second
     * @param peer the same of the other
     * @param ratio ours to theirs; above 1 we are faster
     */
    public record Comparison(String vocabulary, int threads, double ours, double peer, double ratio) {}

    /**
     * All comparisons.
     *
     * @param ratio the least of them
     */
    public record Report(double ratio, List<Comparison> comparisons) {}

    private record Speed(double passesPerSecond, long tokens) {}

    private final Path folder;
    private final String peerClassPath;
    private final Path texts;
    private final double megabytes;

    private TokenizeBench(Path folder, Path repository, List<String> lines) throws IOException {
        this.folder = folder;
        this.peerClassPath = peerClassPath(repository, folder);
        this.texts = Files.write(folder.resolve("texts.txt"), lines);
        this.megabytes = (Files.size(texts) - lines.size()) / 1e6;
    }

    /**
     * Measures one and two threads, with a learned vocabulary and GPT-2's.
     *
     * @param texts files of UTF-8 text, whose lines are encoded one by one
     */
    public static Report run(List<Path> texts, Progress progress) {
        try {
            Path folder = Files.createTempDirectory("apportion-bench");
            try {
                return new TokenizeBench(folder, repository(), lines(texts)).compareAll(progress);
            } finally {
                delete(folder);
            }
        } catch (IOException e) {
            throw new Failure("the benchmark could not keep its files: " + e.getMessage(), e);
        }
    }

    private Report compareAll(Progress progress) throws IOException {
        Path learned = folder.resolve("learned.json");
        Files.writeString(learned, learn(Files.readAllLines(texts)));
        Path gpt2 = folder.resolve("gpt2.json");
        java(1, peerClassPath, PEER, "gpt2", gpt2.toString());
        List<Comparison> comparisons = new ArrayList<>();
        try (Progress.Task task = progress.begin("bench tokenize", 4L * ROUNDS)) {
            for (int threads = 1; threads <= 2; threads++) {
                comparisons.add(compare("bpe-" + LEARNED_VOCABULARY, learned, threads, task));
                comparisons.add(compare("gpt-2", gpt2, threads, task));
            }
        }
        double least = comparisons.stream().mapToDouble(Comparison::ratio).min().orElseThrow();
        return new Report(least, comparisons);
    }

    private Comparison compare(String name, Path tokenizer, int threads, Progress.Task task) throws IOException {
        List<Double> ours = new ArrayList<>();
        List<Double> peers = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Speed we =
                    measure(System.getProperty("java.class.path"), TokenizeWorker.class.getName(), tokenizer, threads);
            Speed they = measure(peerClassPath, PEER, tokenizer, threads);
            if (we.tokens != they.tokens) {
                throw new Failure("with " + name + " we find " + we.tokens + " tokens and the peer " + they.tokens
                        + ", but they must be equal");
            }
            ours.add(we.passesPerSecond * megabytes);
            peers.add(they.passesPerSecond * megabytes);
            task.step(1, name + ", threads " + threads);
        }
        return new Comparison(name, threads, median(ours), median(peers), median(ours) / median(peers));
    }

    private Speed measure(String classPath, String main, Path tokenizer, int threads) throws IOException {
        Path result = folder.resolve("result.txt");
        java(
                threads,
                classPath,
                main,
                tokenizer.toString(),
                texts.toString(),
                Integer.toString(threads),
                result.toString());
        String[] numbers = Files.readString(result).split(" ", 2);
        return new Speed(Double.parseDouble(numbers[0]), Long.parseLong(numbers[1]));
    }

    private static String learn(List<String> lines) {
        Map<String, Long> counts = new HashMap<>();
        lines.forEach(line -> Words.forEach(line, word -> counts.merge(word, 1L, Long::sum)));
        return BpeTrainer.train(counts, LEARNED_VOCABULARY, 2, (learned, wanted) -> {})
                .toJson();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    private static List<String> lines(List<Path> files) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Path file : files) {
            lines.addAll(Files.readAllLines(file).stream()
                    .filter(line -> !line.isEmpty())
                    .toList());
        }
        if (lines.isEmpty()) {
            throw new UserError("there is nothing to encode; name at least one file of text");
        }
        return lines;
    }

    private static void java(int threads, String classPath, String... mainAndArguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx2g", "-cp", classPath));
        command.addAll(List.of(mainAndArguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        // The pool over which the peer spreads a batch has as many threads as ours.
        builder.environment().put("RAYON_NUM_THREADS", Integer.toString(threads));
        wait(builder, mainAndArguments[0]);
    }

    /** The tests' class path of data-prep, which has the peer. */
    private static String peerClassPath(Path repository, Path folder) throws IOException {
        Path file = folder.resolve("class-path.txt");
        wait(
                new ProcessBuilder(
                                "mvn",
                                "-B",
                                "-q",
                                "-pl",
                                "data-prep",
                                "test-compile",
                                "dependency:build-classpath",
                                "-DincludeScope=test",
                                "-Dmdep.outputFile=" + file)
                        .directory(repository.toFile()),
                "mvn");
        Path target = repository.resolve("data-prep").resolve("target");
        return String.join(
                File.pathSeparator,
                target.resolve("test-classes").toString(),
                target.resolve("classes").toString(),
                Files.readString(file).strip());
    }

    private static void wait(ProcessBuilder builder, String name) throws IOException {
        Process process = builder.redirectErrorStream(true).start();
        try {
            String said = new String(process.getInputStream().readAllBytes(), Charset.defaultCharset());
            if (process.waitFor() != 0) {
                throw new Failure(name + " failed: " + said.strip());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("the benchmark was interrupted", e);
        } finally {
            process.destroy();
        }
    }

    /** The source tree that this class was built in. */
    private static Path repository() {
        try {
            Path here = Path.of(TokenizeBench.class
                    .getProtectionDomain()
                    .getCodeSource()
                    .getLocation()
                    .toURI());
            for (Path at = here; at != null; at = at.getParent()) {
                if (Files.exists(at.resolve("data-prep").resolve("pom.xml"))) {
                    return at;
                }
            }
            throw new UserError("bench tokenize compiles its peer with Maven, so it needs the source tree; run"
                    + " spark-jobs/bin/apportion of a clone");
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
    }
}
