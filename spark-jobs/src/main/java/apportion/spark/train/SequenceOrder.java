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
 * <p>Each epoch shuffles the parts, and the rows within each part; an {@link Allotment} says which places of that order
 * are the replica's. They are neighbours, so a replica needs few parts at a time.
 */
final class SequenceOrder {

    private final Dataset dataset;
    private final List<PartInfo> parts;
    private final long seed;
    private final int replica;
    private final Allotment allotment;

    private long epoch = -1;
    private int[] partOrder = {};
    private int loaded = -1;
    private int[] rowOrder = {};
    private List<int[]> rows = List.of();

    /** Where a sequence lies: a part, and how many of its rows are read before this one. */
    private record Place(int part, int before) {}

    SequenceOrder(Dataset dataset, long seed, int replica, Allotment allotment) {
        this.dataset = dataset;
        this.parts = dataset.parts(Split.TRAIN);
        this.seed = seed;
        this.replica = replica;
        this.allotment = allotment;
    }

    /**
     * The sequence at a cursor: {@code T + 1} tokens, or fewer at the split's end. Where it is the first of its part,
     * the part that comes after that begins to be read.
     */
    int[] at(long cursor) {
        Allotment.Position position = allotment.at(replica, cursor);
        if (epoch != position.epoch()) {
            epoch = position.epoch();
            partOrder = partOrder(epoch);
            loaded = -1;
        }
        Place place = place(partOrder, position.index());
        if (loaded != place.part) {
            load(place.part);
            prefetch(cursor, rows.size() - place.before);
        }
        return rows.get(rowOrder[place.before]);
    }

    private Place place(int[] order, long index) {
        long position = index;
        for (int part : order) {
            int size = parts.get(part).sequences();
            if (position < size) {
                return new Place(part, (int) position);
            }
            position -= size;
        }
        throw new IllegalStateException("place " + index + " lies behind the last of " + parts.size() + " parts");
    }

    private void load(int part) {
        loaded = part;
        Part read = PartCache.read(dataset, parts.get(part));
        rows = read.rows();
        rowOrder = shuffled(epoch, part, rows.size());
    }

    /** The next part is that of the first sequence that is not among the rest of this one. */
    private void prefetch(long cursor, int rest) {
        Allotment.Position from = allotment.at(replica, cursor);
        int own = 1;
        while (own < rest
                && allotment.at(replica, cursor + own).equals(new Allotment.Position(epoch, from.index() + own))) {
            own++;
        }
        Allotment.Position next = allotment.at(replica, cursor + own);
        Place place = place(partOrder(next.epoch()), next.index());
        PartCache.prefetch(dataset, parts.get(place.part));
    }

    private int[] partOrder(long of) {
        return shuffled(of, -1, parts.size());
    }

    private int[] shuffled(long of, int part, int size) {
        Random random = new Random(mixed(mixed(mixed(seed) + of) + part));
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
