package apportion.data.tokenize;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Learns merges from word counts: always the most frequent pair of neighbours, until the vocabulary is full (Sennrich
 * et al. 2016, algorithm 1).
 *
 * <p>Of equally frequent pairs the one with the lower ids wins, so the result depends on the counts alone. After a
 * merge only the words that hold the pair are counted again. Ids: the 256 bytes by value, the merges in the order
 * learned, the end of a document last.
 */
public final class BpeTrainer {

    /** Bytes and the end of a document. */
    public static final int SMALLEST_VOCABULARY = 257;

    /**
     * In bytes. Longer words teach nothing about language and would be counted again at every merge: they are left out.
     */
    public static final int LONGEST_WORD = 1024;

    /** Told after every merge. */
    @FunctionalInterface
    public interface Progress {
        void merged(int learned, int wanted);
    }

    private final int mostTokens;
    private final long minimumFrequency;
    private final Progress progress;

    private final List<int[]> words = new ArrayList<>();
    private final List<Long> counts = new ArrayList<>();
    private final Map<Long, Pair> pairs = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>(
            Comparator.comparingLong(Candidate::count).reversed().thenComparingLong(Candidate::pair));
    private final List<byte[]> tokens = new ArrayList<>();
    private final Map<ByteBuffer, Integer> ids = new HashMap<>();

    /** A pair's frequency, and the words that held it at some time. */
    private static final class Pair {
        private long count;
        private final IntList words = new IntList();
    }

    /** A pair with its frequency when it was queued. */
    private record Candidate(long pair, long count) {}

    private BpeTrainer(int vocabularySize, long minimumFrequency, Progress progress) {
        if (vocabularySize < SMALLEST_VOCABULARY) {
            throw new IllegalArgumentException("vocabulary size = " + vocabularySize + ", but it must be at least "
                    + SMALLEST_VOCABULARY + ": 256 bytes and the end of a document");
        }
        if (minimumFrequency < 1) {
            throw new IllegalArgumentException(
                    "minimum frequency = " + minimumFrequency + ", but it must be at least 1");
        }
        // One is kept for the end of a document.
        this.mostTokens = vocabularySize - 1;
        this.minimumFrequency = minimumFrequency;
        this.progress = progress;
    }

    /**
     * A tokenizer of at most {@code vocabularySize} tokens; fewer where no pair is left that occurs
     * {@code minimumFrequency} times.
     */
    public static Tokenizer train(
            Map<String, Long> wordCounts, int vocabularySize, long minimumFrequency, Progress progress) {
        return new BpeTrainer(vocabularySize, minimumFrequency, progress).train(wordCounts);
    }

    private Tokenizer train(Map<String, Long> wordCounts) {
        for (int value = 0; value < 256; value++) {
            token(new byte[] {(byte) value});
        }
        wordCounts.forEach(this::addWord);
        pairs.forEach((pair, state) -> queue.add(new Candidate(pair, state.count)));
        IntList lefts = new IntList();
        IntList rights = new IntList();
        IntList results = new IntList();
        while (tokens.size() < mostTokens) {
            long pair = mostFrequent();
            if (pair < 0) {
                break;
            }
            int left = (int) (pair >>> 32);
            int right = (int) pair;
            lefts.add(left);
            rights.add(right);
            int result = token(joined(tokens.get(left), tokens.get(right)));
            results.add(result);
            merge(pair, left, right, result);
            progress.merged(tokens.size() - 256, mostTokens - 256);
        }
        tokens.add(new byte[0]);
        return new Tokenizer(
                tokens.toArray(byte[][]::new),
                Map.of(tokens.size() - 1, Tokenizer.END_OF_DOCUMENT),
                new Merges(lefts.toArray(), rights.toArray(), results.toArray()));
    }

    /** Id of a token, which two different merges may make. */
    private int token(byte[] bytes) {
        return ids.computeIfAbsent(ByteBuffer.wrap(bytes), key -> {
            tokens.add(bytes);
            return tokens.size() - 1;
        });
    }

    private void addWord(String text, long count) {
        byte[] utf8 = Utf8.encode(text);
        if (utf8.length < 2 || utf8.length > LONGEST_WORD) {
            return;
        }
        int[] word = new int[utf8.length];
        for (int i = 0; i < word.length; i++) {
            word[i] = utf8[i] & 0xFF;
        }
        words.add(word);
        counts.add(count);
        count(words.size() - 1, word, count);
    }

    private void count(int index, int[] word, long count) {
        for (int i = 0; i + 1 < word.length; i++) {
            Pair pair = pairs.computeIfAbsent(pair(word[i], word[i + 1]), key -> new Pair());
            pair.count += count;
            pair.words.addUnlessLast(index);
        }
    }

    private void uncount(int[] word, long count) {
        for (int i = 0; i + 1 < word.length; i++) {
            Pair pair = pairs.get(pair(word[i], word[i + 1]));
            if (pair != null) {
                pair.count -= count;
            }
        }
    }

    /** The next pair to merge, or -1. Counts in the queue may be outdated: too high ones are put back corrected. */
    private long mostFrequent() {
        while (!queue.isEmpty()) {
            Candidate head = queue.remove();
            long now = frequency(head.pair);
            if (now < minimumFrequency) {
                continue;
            }
            if (now == head.count) {
                return head.pair;
            }
            if (now < head.count) {
                queue.add(new Candidate(head.pair, now));
            }
        }
        return -1;
    }

    private void merge(long key, int left, int right, int result) {
        Pair merged = Objects.requireNonNull(pairs.remove(key));
        Set<Long> renewed = new HashSet<>();
        for (int i = 0; i < merged.words.size(); i++) {
            int index = merged.words.get(i);
            int[] word = words.get(index);
            int[] shorter = replaced(word, left, right, result);
            if (shorter.length == word.length) {
                continue;
            }
            uncount(word, counts.get(index));
            count(index, shorter, counts.get(index));
            words.set(index, shorter);
            for (int j = 0; j + 1 < shorter.length; j++) {
                if (shorter[j] == result || shorter[j + 1] == result) {
                    renewed.add(pair(shorter[j], shorter[j + 1]));
                }
            }
        }
        // Only pairs with the new token can have become more frequent.
        renewed.forEach(pair -> queue.add(new Candidate(pair, frequency(pair))));
    }

    private long frequency(long pair) {
        Pair state = pairs.get(pair);
        return state == null ? 0 : state.count;
    }

    private static int[] replaced(int[] word, int left, int right, int result) {
        int[] shorter = new int[word.length];
        int length = 0;
        for (int i = 0; i < word.length; i++) {
            boolean here = i + 1 < word.length && word[i] == left && word[i + 1] == right;
            shorter[length++] = here ? result : word[i];
            if (here) {
                i++;
            }
        }
        return length == word.length ? word : Arrays.copyOf(shorter, length);
    }

    private static byte[] joined(byte[] left, byte[] right) {
        byte[] both = Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }
}
