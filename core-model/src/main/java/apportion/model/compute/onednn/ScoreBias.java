package apportion.model.compute.onednn;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.onednn.Scores.Block;
import apportion.model.config.AttentionShape;
import apportion.model.config.Positions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What alibi or relative positions add to the scores of each head, written out for every block once a pass: all
 * sequences use the same.
 */
final class ScoreBias implements AutoCloseable {

    private static final int ROW = 0;
    private static final int SUMS = 1;

    /** What each token of distance takes off, by head; none without alibi. */
    private final double[] slopes;
    /** Learned numbers, a row a head, a column a distance. */
    private final Optional<OneDnnTensor> distances_hr;

    private final Scratch memory = new Scratch();
    private final List<Masks> masks = new ArrayList<>();
    private long bytes;
    private long address;

    /** Masks of a block for each of the queries that a key serves. */
    private record Masks(Block block, int firstHead, int queriesPerKey, long offset) {}

    private ScoreBias(double[] slopes, Optional<OneDnnTensor> distances_hr) {
        this.slopes = slopes;
        this.distances_hr = distances_hr;
    }

    static ScoreBias of(AttentionShape shape, AttentionWeights weights) {
        return new ScoreBias(
                shape.positions() instanceof Positions.Alibi ? Positions.Alibi.slopes(shape.heads()) : new double[0],
                weights.distanceBias_hr().map(OneDnnTensor::of));
    }

    /** Whether scores get anything beyond what hides other tokens. */
    boolean present() {
        return slopes.length > 0 || distances_hr.isPresent();
    }

    /** Learned numbers of a head. */
    long learned() {
        return distances_hr.map(OneDnnTensor::columns).orElse(0L);
    }

    /** Forgets the blocks of the pass before. */
    void begin() {
        masks.clear();
        bytes = 0;
    }

    void reserve(Block block, int firstHead, int queriesPerKey) {
        masks.add(new Masks(block, firstHead, queriesPerKey, bytes));
        bytes += block.maskBytes() * queriesPerKey;
    }

    /** Writes all masks. */
    void write(Crew crew) {
        address = memory.atLeast(bytes);
        float[] learned =
                new float[distances_hr.map(all -> Math.toIntExact(all.size())).orElse(0)];
        distances_hr.ifPresent(all -> new Cursor().at(all.address()).get(learned, 0, learned.length));
        crew.run(masks.size(), (index, worker) -> {
            Masks some = masks.get(index);
            for (int member = 0; member < some.queriesPerKey; member++) {
                for (int key = 0; key < some.block.heads(); key++) {
                    int head = some.firstHead + key * some.queriesPerKey + member;
                    long to = mask(index, member) + some.block.maskBytes() / some.block.masks() * key;
                    Scores.writeMask(some.block, distance -> at(head, distance, learned), to);
                }
            }
        });
    }

    private double at(int head, int distance, float[] learned) {
        if (slopes.length > 0) {
            return -slopes[head] * distance;
        }
        int columns = (int) learned();
        return learned[head * columns + Math.min(distance, columns - 1)];
    }

    long mask(int index, int member) {
        Masks some = masks.get(index);
        return address + some.offset + some.block.maskBytes() * member;
    }

    /** Adds a block's gradient of the scores to a part of the learned numbers' gradient. */
    void backward(Worker worker, Block block, long dScores, int member, int queriesPerKey, long to) {
        int columns = (int) learned();
        if (columns == 0) {
            return;
        }
        float[] row = worker.array(ROW, block.columns());
        float[] sums = worker.array(SUMS, columns);
        for (int key = 0; key < block.heads(); key++) {
            long head = to + (long) Float.BYTES * columns * (key * queriesPerKey + member);
            worker.load(head, sums, columns);
            for (int r = 0; r < block.rows(); r++) {
                long at = ((long) key * block.rows() + r) * block.columns();
                worker.load(dScores + Float.BYTES * at, row, block.columns());
                int own = block.columns() - block.rows() + r;
                for (int c = Math.max(0, own - block.window() + 1); c <= own; c++) {
                    sums[Math.min(own - c, columns - 1)] += row[c];
                }
            }
            worker.store(sums, head, columns);
        }
    }

    @Override
    public void close() {
        memory.close();
    }
}
