package apportion.data.tokenize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BpeTrainerTest {

    @Test
    void learnsTheMergesThatCountingEverythingAgainWouldLearn() {
        Random random = new Random(7);
        for (int trial = 0; trial < 30; trial++) {
            Map<String, Long> counts = randomWords(random);
            Tokenizer learned = BpeTrainer.train(counts, 290, 2, (done, wanted) -> {});
            assertThat(spelledMerges(learned)).as("trial %d", trial).isEqualTo(naiveMerges(counts, 290, 2));
        }
    }

    @Test
    void theOrderOfTheWordsDoesNotMatter() {
        Map<String, Long> counts = randomWords(new Random(3));
        List<Map.Entry<String, Long>> entries = new ArrayList<>(counts.entrySet());
        Collections.shuffle(entries, new Random(4));
        Map<String, Long> shuffled = new LinkedHashMap<>();
        entries.forEach(entry -> shuffled.put(entry.getKey(), entry.getValue()));

        assertThat(BpeTrainer.train(shuffled, 300, 1, (done, wanted) -> {}).toJson())
                .isEqualTo(
                        BpeTrainer.train(counts, 300, 1, (done, wanted) -> {}).toJson());
    }

    @Test
    void stopsWhereNoPairIsFrequentEnough() {
        Tokenizer tokenizer = BpeTrainer.train(Map.of("ab", 3L, "cd", 1L), 1000, 2, (done, wanted) -> {});

        assertThat(tokenizer.vocabularySize()).isEqualTo(258);
        assertThat(tokenizer.encode("ab")).containsExactly(256);
        assertThat(tokenizer.encode("cd")).containsExactly('c', 'd');
        assertThat(tokenizer.endOfDocument()).isEqualTo(257);
    }

    @Test
    void tellsItsProgress() {
        AtomicInteger last = new AtomicInteger();
        BpeTrainer.train(Map.of("abcdefgh", 5L), 260, 1, (done, wanted) -> {
            assertThat(done).isEqualTo(last.incrementAndGet());
            assertThat(wanted).isEqualTo(3);
        });

        assertThat(last).hasValue(3);
    }

    @Test
    void noWordsLeaveTheBytes() {
        assertThat(BpeTrainer.train(Map.of(), 500, 1, (done, wanted) -> {}).vocabularySize())
                .isEqualTo(257);
    }

    @Test
    void aVocabularyTooSmallForTheBytesIsRefused() {
        assertThatThrownBy(() -> BpeTrainer.train(Map.of(), 256, 1, (done, wanted) -> {}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("256")
                .hasMessageContaining("at least 257");
    }

    private static Map<String, Long> randomWords(Random random) {
        Map<String, Long> counts = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            StringBuilder word = new StringBuilder();
            int length = 1 + random.nextInt(9);
            for (int j = 0; j < length; j++) {
                word.append((char) ('a' + random.nextInt(3)));
            }
            counts.merge(word.toString(), 1L + random.nextInt(5), Long::sum);
        }
        return counts;
    }

    private static List<String> spelledMerges(Tokenizer tokenizer) {
        List<String> merges = new ArrayList<>();
        for (int rank = 0; rank < tokenizer.merges().count(); rank++) {
            merges.add(spelled(tokenizer, tokenizer.merges().left(rank)) + " "
                    + spelled(tokenizer, tokenizer.merges().right(rank)));
        }
        return merges;
    }

    private static String spelled(Tokenizer tokenizer, int id) {
        return new String(tokenizer.token(id), StandardCharsets.UTF_8);
    }

    /** The definition, with every pair counted anew after each merge; all words are of ASCII letters. */
    private static List<String> naiveMerges(Map<String, Long> counts, int vocabularySize, long minimum) {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(Character.toString(value));
        }
        Map<List<String>, Long> words = new HashMap<>();
        counts.forEach((word, count) -> words.put(Arrays.asList(word.split("")), count));
        List<String> merges = new ArrayList<>();
        while (tokens.size() < vocabularySize - 1) {
            Map<List<String>, Long> pairs = new HashMap<>();
            words.forEach((word, count) -> {
                for (int i = 0; i + 1 < word.size(); i++) {
                    pairs.merge(List.copyOf(word.subList(i, i + 2)), count, Long::sum);
                }
            });
            var best = pairs.entrySet().stream()
                    .filter(pair -> pair.getValue() >= minimum)
                    .min(Comparator.<Map.Entry<List<String>, Long>>comparingLong(pair -> -pair.getValue())
                            .thenComparingInt(
                                    pair -> tokens.indexOf(pair.getKey().get(0)))
                            .thenComparingInt(
                                    pair -> tokens.indexOf(pair.getKey().get(1))));
            if (best.isEmpty()) {
                break;
            }
            String left = best.get().getKey().get(0);
            String right = best.get().getKey().get(1);
            merges.add(left + " " + right);
            if (!tokens.contains(left + right)) {
                tokens.add(left + right);
            }
            Map<List<String>, Long> shorter = new HashMap<>();
            words.forEach((word, count) -> shorter.merge(joined(word, left, right), count, Long::sum));
            words.clear();
            words.putAll(shorter);
        }
        return merges;
    }

    private static List<String> joined(List<String> word, String left, String right) {
        List<String> joined = new ArrayList<>();
        for (int i = 0; i < word.size(); i++) {
            boolean here = i + 1 < word.size()
                    && word.get(i).equals(left)
                    && word.get(i + 1).equals(right);
            joined.add(here ? left + right : word.get(i));
            if (here) {
                i++;
            }
        }
        return joined;
    }
}
