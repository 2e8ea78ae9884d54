package apportion.spark.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import apportion.spark.train.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;
import scala.Tuple2;

final class WordCountTest {

    @Test
    void wordsOfAllPartitionsTogetherAreBoundedByTheirFrequency() {
        List<Tuple2<String, Long>> all = new ArrayList<>();
        // One word that occurs 100 times, ten that do 5 times, and a hundred that do once.
        all.add(new Tuple2<>("often", 100L));
        for (int word = 0; word < 10; word++) {
            all.add(new Tuple2<>("some" + word, 5L));
        }
        for (int word = 0; word < 100; word++) {
            all.add(new Tuple2<>("rare" + word, 1L));
        }
        try (JavaSparkContext spark = LocalSpark.start("local[2]")) {
            JavaPairRDD<String, Long> words = spark.parallelizePairs(all, 8);

            assertThat(WordCount.mostFrequent(words, new WordCount.Size(111, 1000)))
                    .containsExactlyInAnyOrderElementsOf(all);
            assertThat(WordCount.mostFrequent(words, new WordCount.Size(110, 1000)))
                    .containsExactlyInAnyOrderElementsOf(all.subList(0, 11));
            assertThat(WordCount.mostFrequent(words, new WordCount.Size(11, 1000)))
                    .containsExactlyInAnyOrderElementsOf(all.subList(0, 11));
            assertThat(WordCount.mostFrequent(words, new WordCount.Size(10, 1000)))
                    .containsExactlyElementsOf(all.subList(0, 1));
            assertThat(WordCount.mostFrequent(words.repartition(3), new WordCount.Size(11, 1000)))
                    .containsExactlyInAnyOrderElementsOf(all.subList(0, 11));
            // The first eleven have 5 and ten times 5 characters.
            assertThat(WordCount.mostFrequent(words, new WordCount.Size(1000, 55)))
                    .hasSize(11);
            assertThat(WordCount.mostFrequent(words, new WordCount.Size(1000, 54)))
                    .hasSize(1);
        }
    }
}
