package apportion.spark.prepare;

import apportion.data.corpus.ContentKey;
import apportion.data.corpus.Reading;
import apportion.data.pack.ValidationSplit;
import apportion.data.tokenize.BpeTrainer;
import apportion.data.tokenize.Tokenizer;
import apportion.data.tokenize.Words;
import java.io.Serializable;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Learns a BPE tokenizer: words are counted where the documents are, merges are learned on the driver. */
final class WordCount {

    /**
     * The rarest words of a huge corpus change no merge, but would fill the driver: so many come from all partitions
     * together.
     */
    private static final Size MOST = new Size(2_000_000, 128_000_000);

    private static final Logger LOG = LoggerFactory.getLogger(WordCount.class);

    /** How many words, and how many characters they have. */
    record Size(long words, long characters) implements Serializable {

        Size plus(Size other) {
            return new Size(words + other.words, characters + other.characters);
        }

        boolean isWithin(Size most) {
            return words <= most.words && characters <= most.characters;
        }
    }

    private WordCount() {}

    static Tokenizer learn(JavaRDD<Reading> readings, ValidationSplit split, TokenizerConfig.Bpe config) {
        Map<String, Long> counts = new HashMap<>();
        JavaPairRDD<String, Long> words = readings.filter(Reading.Kept.class::isInstance)
                .mapPartitions(partition -> {
                    Map<String, Long> local = new HashMap<>();
                    partition.forEachRemaining(reading -> {
                        String text = ((Reading.Kept) reading).document().text();
                        String taught = split.trainingText(ContentKey.of(text), text);
                        Words.forEach(taught, word -> {
                            // Those that the trainer would leave out need not travel.
                            if (word.length() <= BpeTrainer.LONGEST_WORD) {
                                local.merge(word, 1L, Long::sum);
                            }
                        });
                    });
                    return local.entrySet().stream()
                            .map(word -> new Tuple2<>(word.getKey(), word.getValue()))
                            .iterator();
                })
                .mapToPair(word -> word)
                .reduceByKey(Long::sum);
        mostFrequent(words, MOST).forEach(word -> counts.put(word._1, word._2));
        LOG.info("step=count-words words={}", counts.size());
        return BpeTrainer.train(counts, config.vocabSize(), config.minFrequency(), (learned, wanted) -> {
            if (learned % 1000 == 0) {
                LOG.info("step=learn-merges learned={} wanted={}", learned, wanted);
            }
        });
    }

    /**
     * All words that occur as often as the rarest that may come to the driver, in any order.
     *
     * <p>Words of one count come together or not at all, so that the result depends on the counts alone.
     *
     * @param most of all partitions together
     */
    static List<Tuple2<String, Long>> mostFrequent(JavaPairRDD<String, Long> words, Size most) {
        // A corpus of n words has less than sqrt(2 n) different counts.
        Map<Long, Size> ofCount = new TreeMap<>(Comparator.reverseOrder());
        ofCount.putAll(words.mapToPair(word -> new Tuple2<>(word._2, new Size(1, word._1.length())))
                .reduceByKey(Size::plus)
                .collectAsMap());
        long least = Long.MAX_VALUE;
        Size all = new Size(0, 0);
        for (Map.Entry<Long, Size> count : ofCount.entrySet()) {
            all = all.plus(count.getValue());
            if (!all.isWithin(most)) {
                LOG.info("step=count-words left-out=\"words that occur up to {} times\"", count.getKey());
                break;
            }
            least = count.getKey();
        }
        long rarest = least;
        return words.filter(word -> word._2 >= rarest).map(word -> word).collect();
    }
}
