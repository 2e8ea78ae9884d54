package apportion.spark.dataset;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Some rows of one part.
 *
 * @param rows their numbers in the part, rising
 */
public record RowSample(PartInfo part, int[] rows) implements Serializable {

    /** Most tasks, unless there are more parts. */
    private static final int TASKS = 512;

    /** Rows that are worth a task. */
    private static final int LEAST_ROWS = 16;

    /**
     * Rows of a split that are spread over it evenly.
     *
     * @param most rows that are taken; all if there are no more
     * @param together most of them in one sample
     */
    public static List<RowSample> of(Dataset dataset, Split split, long most, int together) {
        List<PartInfo> parts = dataset.parts(split);
        long all = parts.stream().mapToLong(PartInfo::sequences).sum();
        long taken = Math.min(most, all);
        List<RowSample> samples = new ArrayList<>();
        long next = 0;
        long first = 0;
        for (PartInfo part : parts) {
            List<Integer> rows = new ArrayList<>();
            for (; next < taken && row(next, all, taken) < first + part.sequences(); next++) {
                rows.add((int) (row(next, all, taken) - first));
            }
            for (int from = 0; from < rows.size(); from += together) {
                List<Integer> some = rows.subList(from, Math.min(from + together, rows.size()));
                samples.add(new RowSample(
                        part, some.stream().mapToInt(Integer::intValue).toArray()));
            }
            first += part.sequences();
        }
        return samples;
    }

    /**
     * The same, a sample for a task: some hundred of them at most, and the same on every cluster.
     *
     * @param most rows that are taken; all if there are no more
     */
    public static List<RowSample> forTasks(Dataset dataset, Split split, long most) {
        long taken = Math.min(most, dataset.manifest().split(split).sequences());
        return of(dataset, split, taken, (int) Math.max(LEAST_ROWS, (taken + TASKS - 1) / TASKS));
    }

    private static long row(long number, long all, long taken) {
        return (long) ((double) number * all / taken);
    }

    /** The tokens of the rows. */
    public List<int[]> read(Dataset dataset) {
        Part read = PartCache.read(dataset, part);
        List<int[]> tokens = new ArrayList<>();
        for (int row : rows) {
            tokens.add(read.rows().get(row));
        }
        return tokens;
    }
}
