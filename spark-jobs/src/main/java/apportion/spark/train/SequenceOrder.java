package apportion.spark.train;

import apportion.data.pack.Part;
import apportion.data.pack.Split;
import apportion.spark.dataset.Dataset;
import apportion.spark.dataset.DatasetManifest.PartInfo;
import apportion.spark.dataset.PartCache;
import java.util.List;
import java.util.Random;

/**
 * The order in which one replica reads the training split.
 *
 * <p>Each epoch shuffles the parts, and the rows within each part; replica {@code w} of {@code W} reads the
 * {@code w}-th of {@code W} stretches of that order. So every sequence is read once per epoch, and a replica needs few
 * parts at a time.
 */
final class SequenceOrder {

    private final Dataset dataset;
    private final List<PartInfo> parts;
    private final long seed;
    private final long start;
    private final long count;

    private long epoch = -1;
    private int[] partOrder = {};
    private int loaded = -1;
    private int[] rowOrder = {};
    private List<int[]> rows = List.of();

    SequenceOrder(Dataset dataset, long seed, int replica, int replicas) {
        long sequences = dataset.manifest().train().sequences();
        this.dataset = dataset;
        this.parts = dataset.parts(Split.TRAIN);
        this.seed = seed;
        this.start = replica * sequences / replicas;
        this.count = (replica + 1) * sequences / replicas - start;
    }

    /** The sequence at a cursor: {@code T + 1} tokens, or fewer at the split's end. */
    int[] at(long cursor) {
        enter(cursor / count);
        long position = start + cursor % count;
        for (int part : partOrder) {
            int size = parts.get(part).sequences();
            if (position < size) {
                load(part);
                return rows.get(rowOrder[(int) position]);
            }
            position -= size;
        }
        throw new IllegalStateException("cursor " + cursor + " lies behind the last of " + parts.size() + " parts");
    }

    private void enter(long entered) {
        if (epoch != entered) {
            epoch = entered;
            partOrder = shuffled(parts.size(), -1);
            loaded = -1;
        }
    }

    private void load(int part) {
        if (loaded != part) {
            loaded = part;
            Part read = PartCache.read(dataset, parts.get(part));
            rows = read.rows();
            rowOrder = shuffled(rows.size(), part);
        }
    }

    private int[] shuffled(int size, int part) {
        Random random = new Random(mixed(mixed(mixed(seed) + epoch) + part));
        int[] order = new int[size];
        for (int i = 0; i < size; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /**
     * Scatters neighbouring numbers (Steele et al. 2014, figure 16); Java's generator starts alike from alike seeds.
     */
    private static long mixed(long number) {
        long z = number + 0x9E3779B97F4A7C15L;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
