package apportion.spark.compress;

import java.util.ArrayList;
import java.util.List;

/** Rows to compute at once. */
final class Batches {

    private Batches() {}

    /**
     * Neighbours of one length: a shorter one would be padded, and heads would be seen at work on nothing.
     *
     * @param most rows of a batch
     */
    static List<List<int[]>> of(List<int[]> rows, int most) {
        List<List<int[]>> batches = new ArrayList<>();
        int from = 0;
        for (int to = 1; to <= rows.size(); to++) {
            if (to == rows.size() || to - from == most || rows.get(to).length != rows.get(from).length) {
                batches.add(rows.subList(from, to));
                from = to;
            }
        }
        return batches;
    }
}
