package apportion.spark.train;

import apportion.spark.failure.Failure;
import apportion.spark.storage.StoredJson;
import com.fasterxml.jackson.annotation.JsonAutoDetect;
import com.fasterxml.jackson.annotation.PropertyAccessor;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which sequences each replica reads, and in which order; every sequence once per epoch.
 *
 * <p>In an epoch that all replicas read from its beginning, replica {@code w} of {@code W} has the {@code w}-th of
 * {@code W} stretches. If their number changes, what is left of the epochs that are begun is shared out first, in the
 * same way.
 *
 * @param sequences of an epoch
 * @param replicas {@code W}
 * @param left what is shared out first
 * @param epoch the first that is read from its beginning
 */
record Allotment(long sequences, int replicas, List<Stretch> left, long epoch) implements Serializable {

    private static final ObjectMapper JSON =
            new ObjectMapper().setVisibility(PropertyAccessor.IS_GETTER, JsonAutoDetect.Visibility.NONE);

    /**
     * Neighbours in the order of an epoch.
     *
     * @param from the first one's position
     */
    record Stretch(long epoch, long from, long count) implements Serializable {}

    /** A sequence: a position in the order of an epoch. */
    record Position(long epoch, long index) {}

    Allotment {
        left = List.copyOf(left);
    }

    /** From the beginning. */
    static Allotment fresh(long sequences, int replicas) {
        return new Allotment(sequences, replicas, List.of(), 0);
    }

    /** Whether nothing was read before it. */
    boolean isFresh() {
        return left.isEmpty() && epoch == 0;
    }

    /** As a checkpoint keeps it. */
    String toJson() {
        try {
            return JSON.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("whole numbers have a JSON form", e);
        }
    }

    /** The inverse of {@link #toJson}. */
    static Allotment fromJson(String json) {
        try {
            return StoredJson.read(json, Allotment.class);
        } catch (IllegalArgumentException e) {
            throw new Failure("the checkpoint's state says of who reads what: " + e.getMessage(), e);
        }
    }

    /** What a replica reads when it has read {@code cursor} sequences of this allotment. */
    Position at(int replica, long cursor) {
        long ofLeft = end(replica, leftCount()) - begin(replica, leftCount());
        if (cursor < ofLeft) {
            long place = begin(replica, leftCount()) + cursor;
            for (Stretch stretch : left) {
                if (place < stretch.count) {
                    return new Position(stretch.epoch, stretch.from + place);
                }
                place -= stretch.count;
            }
        }
        long begin = begin(replica, sequences);
        long count = end(replica, sequences) - begin;
        return new Position(epoch + (cursor - ofLeft) / count, begin + (cursor - ofLeft) % count);
    }

    private long leftCount() {
        return left.stream().mapToLong(Stretch::count).sum();
    }

    private long begin(int replica, long of) {
        return replica * of / replicas;
    }

    private long end(int replica, long of) {
        return begin(replica + 1, of);
    }

    /**
     * The same sequences, from where replicas stand, for another number of them.
     *
     * @param cursors what each has read of this allotment
     */
    Allotment among(int others, List<Long> cursors) {
        long last = epoch - 1;
        for (int replica = 0; replica < replicas; replica++) {
            long cursor = cursors.get(replica);
            if (cursor > 0) {
                last = Math.max(last, at(replica, cursor - 1).epoch);
            }
        }
        List<Stretch> unread = new ArrayList<>();
        for (int replica = 0; replica < replicas; replica++) {
            long cursor = cursors.get(replica);
            for (long count; at(replica, cursor).epoch <= last; cursor += count) {
                Position from = at(replica, cursor);
                count = 1;
                while (at(replica, cursor + count).equals(new Position(from.epoch, from.index + count))) {
                    count++;
                }
                unread.add(new Stretch(from.epoch, from.index, count));
            }
        }
        unread.sort(Comparator.comparingLong(Stretch::epoch).thenComparingLong(Stretch::from));
        return new Allotment(sequences, others, unread, last + 1);
    }
}
