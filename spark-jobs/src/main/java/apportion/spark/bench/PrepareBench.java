package apportion.spark.bench;

import apportion.spark.failure.UserError;
import apportion.spark.progress.Progress;
import java.io.BufferedWriter;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What {@code prepare} of bytes costs next to Spark's own word count of the same text: the seconds of processors, of
 * user and system, that either process takes from its start to its end. A line is a document.
 */
public final class PrepareBench {

    /** Of the text that is made where none is given. */
    private static final long MADE_BYTES = 90_000_000;

    /** What takes turns. */
    enum Side {
        WORDS,
        PREPARE
    }

    /**
     * What was measured.
     *
     * @param bytes of the text
     * @param wordCountSeconds median over the turns, of processors
     * @param prepareSeconds likewise
     * @param ratio the second to the first; below 1 we are cheaper
     */
    public record Report(double ratio, long bytes, int turns, double wordCountSeconds, double prepareSeconds) {}

    private final Path folder;
    private final JavaProgram worker;

    private PrepareBench(Path folder) {
        this.folder = folder;
        // The options that the launcher gives to every job.
        this.worker = new JavaProgram(
                PrepareWorker.class.getName(),
                JavaProgram.ourClassPath(),
                ManagementFactory.getRuntimeMXBean().getInputArguments(),
                Map.of("SPARK_LOCAL_IP", "127.0.0.1"));
    }

    /**
     * Measures.
     *
     * @param text whose lines are documents, each another; empty for 90 MB of pairs of lines of the sample corpus
     * @param turns of each side
     */
    public static Report run(Optional<Path> text, int turns, Progress progress) {
        if (text.isPresent() && !Files.isRegularFile(text.get())) {
            throw new UserError("--text " + text.get() + " is not a file");
        }
        return Scratch.with(folder -> {
            Path measured = text.isPresent() ? text.get().toAbsolutePath() : made(folder.resolve("text.txt"));
            return new PrepareBench(folder).measure(measured, turns, progress);
        });
    }

    private static Path made(Path file) throws IOException {
        // Documents must differ, and numbering them would do so with a new word for each, which costs the other side.
        List<String> lines =
                apportion.spark.prepare.Sample.texts(1).stream().distinct().toList();
        long bytes = 0;
        try (BufferedWriter out = Files.newBufferedWriter(file)) {
            for (int number = 0; bytes < MADE_BYTES; number++) {
                int first = number % lines.size();
                int second = (first + 1 + number / lines.size()) % lines.size();
                String line = lines.get(first) + " " + lines.get(second) + "\n";
                out.write(line);
                bytes += line.getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return file;
    }

    private Report measure(Path text, int turns, Progress progress) throws IOException {
        Map<Side, List<Double>> seconds = new EnumMap<>(Side.class);
        try (Progress.Task task = progress.begin("bench prepare", 2L * turns)) {
            for (int turn = 0; turn < turns; turn++) {
                for (Side side : Side.values()) {
                    double took = seconds(side, text, turn);
                    seconds.computeIfAbsent(side, unused -> new ArrayList<>()).add(took);
                    task.step(1, String.format(Locale.ROOT, "%s %.1f s", side, took));
                }
            }
        }
        double words = median(seconds, Side.WORDS);
        double prepare = median(seconds, Side.PREPARE);
        return new Report(prepare / words, Files.size(text), turns, words, prepare);
    }

    private double seconds(Side side, Path text, int turn) throws IOException {
        Path result = folder.resolve("seconds.txt");
        Path dataset = folder.resolve("dataset-" + turn);
        worker.run(side.name(), text.toString(), dataset.toString(), result.toString());
        return Double.parseDouble(Files.readString(result));
    }

    private static double median(Map<Side, List<Double>> seconds, Side side) {
        return Sample.of(Objects.requireNonNull(seconds.get(side))).median();
    }
}
