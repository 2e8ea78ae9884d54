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
import java.util.Map;
import org.apache.spark.api.java.JavaRDD;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Learns a BPE tokenizer: words are counted where the documents are, merges are learned on the driver. */
final class WordCount {

    /** The rarest words of a huge corpus change no merge, but would fill the driver. */
    private static final int MOST_WORDS = 2_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(WordCount.class);

    private WordCount() {}

    static Tokenizer learn(JavaRDD<Reading> readings, ValidationSplit split, TokenizerConfig.Bpe config) {
        Map<String, Long> counts = new HashMap<>();
        readings.filter(Reading.Kept.class::isInstance)
                .mapPartitions(partition -> {
                    Map<String, Long> local = new HashMap<>();
                    partition.forEachRemaining(reading -> {
                        String text = ((Reading.Kept) reading).document().text();
                        String taught = split.trainingText(ContentKey.of(text), text);
                        Words.forEach(taught, word -> local.merge(word, 1L, Long::sum));
                    });
                    return local.entrySet().stream()
                            .map(word -> new Tuple2<>(word.getKey(), word.getValue()))
                            .iterator();
                })
                .mapToPair(word -> word)
                .reduceByKey(Long::sum)
                .map(word -> word)
                .takeOrdered(MOST_WORDS, new MostFrequentFirst())
                .forEach(word -> counts.put(word._1, word._2));
        LOG.info("step=count-words words={}", counts.size());
        return BpeTrainer.train(counts, config.vocabSize(), config.minFrequency(), (learned, wanted) -> {
            if (learned % 1000 == 0) {
                LOG.info("step=learn-merges learned={} wanted={}", learned, wanted);
            }
        });
    }

    private static final class MostFrequentFirst implements Comparator<Tuple2<String, Long>>, Serializable {
        @Override
        public int compare(Tuple2<String, Long> left, Tuple2<String, Long> right) {
            int order = Long.compare(right._2, left._2);
            return order != 0 ? order : left._1.compareTo(right._1);
        }
    }
}
