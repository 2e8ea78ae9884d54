package apportion.data.tokenize;

import ai.djl.huggingface.tokenizers.jni.LibUtils;
import ai.djl.huggingface.tokenizers.jni.TokenizersLibrary;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * The other side of {@code bench tokenize}: Hugging Face's tokenizer, called without DJL's conversions; only the ids
 * are fetched, as we return only them.
 */
final class HuggingFacePeer {

    private static final double MEASURED_SECONDS = 1.5;
    private static final int BATCH = 256;

    private final TokenizersLibrary library;
    private final long tokenizer;
    private final List<String> texts;
    private final int threads;
    private final ExecutorService pool;

    private HuggingFacePeer(String json, List<String> texts, int threads) {
        LibUtils.checkStatus();
        this.library = TokenizersLibrary.LIB;
        this.tokenizer = library.createTokenizerFromString(json);
        this.texts = texts;
        this.threads = threads;
        this.pool = Executors.newFixedThreadPool(threads);
    }

    /**
     * Arguments: tokenizer.json, a file of texts (one a line), threads, where to write passes a second and tokens; or
     * {@code gpt2} and where to write GPT-2's tokenizer.json.
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("gpt2")) {
            Gpt2 gpt2 = Gpt2.fromJtokkit();
            Tokenizer tokenizer = Tokenizer.fromGpt2(gpt2.vocabularyJson(), gpt2.mergesText());
            Files.writeString(Path.of(arguments[1]), tokenizer.toJson());
            return;
        }
        HuggingFacePeer peer = new HuggingFacePeer(
                Files.readString(Path.of(arguments[0])),
                Files.readAllLines(Path.of(arguments[1])),
                Integer.parseInt(arguments[2]));
        try {
            long tokens = peer.pass(false);
            double single = peer.measure(false);
            double batch = peer.measure(true);
            Files.writeString(Path.of(arguments[3]), Math.max(single, batch) + " " + tokens);
        } finally {
            peer.pool.shutdown();
        }
    }

    private double measure(boolean batched) throws Exception {
        long start = System.nanoTime();
        int passes = 0;
        double seconds = 0;
        while (seconds < MEASURED_SECONDS) {
            pass(batched);
            passes++;
            seconds = (System.nanoTime() - start) / 1e9;
        }
        return passes / seconds;
    }

    private long pass(boolean batched) throws Exception {
        if (batched) {
            return inBatches();
        }
        List<Callable<Long>> shares = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            List<String> share = texts.subList(texts.size() * thread / threads, texts.size() * (thread + 1) / threads);
            shares.add(() -> oneByOne(share));
        }
        long tokens = 0;
        for (Future<Long> share : pool.invokeAll(shares)) {
            tokens += share.get();
        }
        return tokens;
    }

    private long oneByOne(List<String> share) {
        return share.stream()
                .mapToLong(text -> taken(library.encode(tokenizer, text, false)))
                .sum();
    }

    /** One call, which the library spreads over a pool of its own. */
    private long inBatches() {
        long tokens = 0;
        for (int from = 0; from < texts.size(); from += BATCH) {
            String[] batch =
                    texts.subList(from, Math.min(texts.size(), from + BATCH)).toArray(String[]::new);
            for (long encoding : library.batchEncode(tokenizer, batch, false)) {
                tokens += taken(encoding);
            }
        }
        return tokens;
    }

    private long taken(long encoding) {
        int tokens = library.getTokenIds(encoding).length;
        library.deleteEncoding(encoding);
        return tokens;
    }
}
