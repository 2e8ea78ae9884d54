package apportion.spark.compress;

import apportion.data.pack.Split;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.RowSample;
import java.util.List;

/**
 * The rows of a dataset that a student is made for and measured on.
 *
 * @param sequences of each split
 * @param batch computed at once
 */
record Samples(Dataset dataset, int sequences, int batch) {

    static Samples of(Dataset dataset, int sequences, int batch) {
        return new Samples(dataset, sequences, batch);
    }

    /** Rows of a split, a batch a list. */
    List<List<int[]>> rows(Split split) {
        return RowSample.of(dataset, split, sequences, batch).stream()
                .map(sample -> sample.read(dataset))
                .toList();
    }
}
