package apportion.spark.dl4j;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaRDD;
import org.nd4j.linalg.dataset.DataSet;
import scala.Tuple2;

/** Cuts an RDD into stretches, one for each worker. */
final class Stretches {

    private Stretches() {}

    /** How long a stretch is. */
    record Length(int batches, long examples) implements Serializable {}

    /** Of each stretch, in order. */
    static List<Length> lengths(JavaRDD<DataSet> stretches) {
        return stretches
                .mapPartitions(stretch -> {
                    int batches = 0;
                    long examples = 0;
                    while (stretch.hasNext()) {
                        batches++;
                        examples += stretch.next().numExamples();
                    }
                    return List.of(new Length(batches, examples)).iterator();
                })
                .collect();
    }

    /**
     * The RDD as it is if it has a partition for each worker, and otherwise cut anew into stretches of equal length, in
     * its order.
     */
    static JavaRDD<DataSet> of(JavaRDD<DataSet> data, int workers) {
        return data.getNumPartitions() == workers ? data : cut(data, workers);
    }

    private static JavaRDD<DataSet> cut(JavaRDD<DataSet> data, int workers) {
        long count = data.count();
        return data.zipWithIndex()
                .mapToPair(each -> new Tuple2<>((int) (each._2() * workers / count), each))
                // Workers are numbered from 0, so a number's hash is its partition.
                .partitionBy(new HashPartitioner(workers))
                .values()
                .mapPartitions(
                        stretch -> {
                            List<Tuple2<DataSet, Long>> ordered = new ArrayList<>();
                            stretch.forEachRemaining(ordered::add);
                            ordered.sort(Comparator.comparingLong(Tuple2::_2));
                            return ordered.stream().map(Tuple2::_1).iterator();
                        },
                        true);
    }
}
