package apportion.spark.bench;

import apportion.data.tokenize.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Our side of {@code bench tokenize}, in a process of its own. */
final class TokenizeWorker {

    private static final double MEASURED_SECONDS = 1.5;

    private TokenizeWorker() {}

    /** Arguments: tokenizer.json, a file of texts (one a line), threads, where to write passes a second and tokens. */
    public static void main(String[] arguments) throws Exception {
        Tokenizer tokenizer = Tokenizer.fromJson(Files.readString(Path.of(arguments[0])));
        List<String> texts = Files.readAllLines(Path.of(arguments[1]));
        int threads = Integer.parseInt(arguments[2]);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            long tokens = pass(tokenizer, texts, threads, pool);
            // Twice more, so that the compiler has done its work before the clock runs.
            pass(tokenizer, texts, threads, pool);
            pass(tokenizer, texts, threads, pool);
            write(Path.of(arguments[3]), measure(tokenizer, texts, threads, pool), tokens);
        } finally {
            pool.shutdown();
        }
    }

    private static double measure(Tokenizer tokenizer, List<String> texts, int threads, ExecutorService pool)
            throws Exception {
        long start = System.nanoTime();
        int passes = 0;
        double seconds = 0;
        while (seconds < MEASURED_SECONDS) {
            pass(tokenizer, texts, threads, pool);
            passes++;
            seconds = (System.nanoTime() - start) / 1e9;
        }
        return passes / seconds;
    }

    /** Encodes all texts, every thread its share of neighbours, and counts the tokens. */
    private static long pass(Tokenizer tokenizer, List<String> texts, int threads, ExecutorService pool)
            throws Exception {
        List<Callable<Long>> shares = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            List<String> share = texts.subList(texts.size() * thread / threads, texts.size() * (thread + 1) / threads);
            shares.add(() -> share.stream()
                    .mapToLong(text -> tokenizer.encode(text).length)
                    .sum());
        }
        long tokens = 0;
        for (Future<Long> share : pool.invokeAll(shares)) {
            tokens += share.get();
        }
        return tokens;
    }

    private static void write(Path file, double passesPerSecond, long tokens) throws IOException {
        Files.writeString(file, passesPerSecond + " " + tokens);
    }
}
