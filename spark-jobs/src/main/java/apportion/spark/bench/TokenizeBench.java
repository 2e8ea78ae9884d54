package apportion.spark.bench;

import apportion.data.tokenize.BpeTrainer;
import apportion.data.tokenize.Words;
import apportion.spark.failure.Failure;
import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

    private TokenizeBench(Path folder, SourceTree tree, List<String> lines) throws IOException {
        this.folder = folder;
        this.peerClassPath = tree.testClassPath("data-prep", folder);
        this.texts = Files.write(folder.resolve("texts.txt"), lines);
        this.megabytes = (Files.size(texts) - lines.size()) / 1e6;
    }

    /**
     * Measures one and two threads, with a learned vocabulary and GPT-2's.
     *
     * @param texts encoded one by one; none has a line's end in it
     */
    public static Report run(List<String> texts, Progress progress) {
        if (texts.isEmpty()) {
            throw new UserError("there is nothing to encode; name at least one file of text");
        }
        return Scratch.with(folder -> new TokenizeBench(folder, SourceTree.find(), texts).compareAll(progress));
    }

    private Report compareAll(Progress progress) throws IOException {
        Path learned = folder.resolve("learned.json");
        Files.writeString(learned, learn(Files.readAllLines(texts)));
        Path gpt2 = folder.resolve("gpt2.json");
        program(PEER, peerClassPath, 1).run("gpt2", gpt2.toString());
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
        JavaProgram our = program(TokenizeWorker.class.getName(), JavaProgram.ourClassPath(), threads);
        JavaProgram peer = program(PEER, peerClassPath, threads);
        List<Double> ours = new ArrayList<>();
        List<Double> peers = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            Speed we = measure(our, tokenizer, threads);
            Speed they = measure(peer, tokenizer, threads);
            if (we.tokens != they.tokens) {
                throw new Failure("with " + name + " we find " + we.tokens + " tokens and the peer " + they.tokens
                        + ", but they must be equal");
            }
            ours.add(we.passesPerSecond * megabytes);
            peers.add(they.passesPerSecond * megabytes);
            task.step(1, name + ", threads " + threads);
        }
        double ourMedian = Sample.of(ours).median();
        double peerMedian = Sample.of(peers).median();
        return new Comparison(name, threads, ourMedian, peerMedian, ourMedian / peerMedian);
    }

    private static JavaProgram program(String main, String classPath, int threads) {
        // The pool over which the peer spreads a batch has as many threads as ours.
        return new JavaProgram(
                main, classPath, List.of("-Xmx2g"), Map.of("RAYON_NUM_THREADS", Integer.toString(threads)));
    }

    private Speed measure(JavaProgram program, Path tokenizer, int threads) throws IOException {
        Path result = folder.resolve("result.txt");
        program.run(tokenizer.toString(), texts.toString(), Integer.toString(threads), result.toString());
        String[] numbers = Files.readString(result).split(" ", 2);
        return new Speed(Double.parseDouble(numbers[0]), Long.parseLong(numbers[1]));
    }

    private static String learn(List<String> lines) {
        Map<String, Long> counts = new HashMap<>();
        lines.forEach(line -> Words.forEach(line, word -> counts.merge(word, 1L, Long::sum)));
        return BpeTrainer.train(counts, LEARNED_VOCABULARY, 2, (learned, wanted) -> {})
                .toJson();
    }

    /** The lines of files in UTF-8 that are not empty. */
    public static List<String> lines(List<Path> files) {
        List<String> lines = new ArrayList<>();
        for (Path file : files) {
            try {
                lines.addAll(Files.readAllLines(file).stream()
                        .filter(line -> !line.isEmpty())
                        .toList());
            } catch (NoSuchFileException e) {
                throw new UserError(file + " does not exist", e);
            } catch (CharacterCodingException e) {
                throw new UserError(file + " is no text in UTF-8", e);
            } catch (IOException e) {
                throw new Failure("cannot read " + file + ": " + e.getMessage(), e);
            }
        }
        return lines;
    }
}
