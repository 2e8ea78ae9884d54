package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;

import apportion.model.compute.onednn.Primitives.Finish;
import apportion.model.compute.onednn.Primitives.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntToDoubleFunction;

/** The operations on a block of scores; every matrix is one of a batch over the keys' heads. */
final class Scores implements Plans.Plan {

    // Slots of a worker's memory.
    private static final int PROBABILITIES = 0;
    private static final int D_SCORES = 1;

    /**
     * The shape of a block of scores: of some tokens in a row, with the tokens up to the last of them.
     *
     * @param heads how many keys' heads
     * @param headDim of each
     * @param rows queries
     * @param columns keys and values
     * @param window how many tokens a token attends to; at most {@code columns}
     * @param scale of the product of a query and a key
     * @param queryStep numbers between the queries of two neighbouring keys
     * @param row numbers between two tokens' queries, keys and values
     * @param mixedRow numbers between two tokens' results
     * @param masks 1 if all heads share their mask, {@code heads} if each has its own
     */
    record Block(
            int heads,
            int headDim,
            int rows,
            int columns,
            int window,
            double scale,
            long queryStep,
            long row,
            long mixedRow,
            int masks) {

        long bytes() {
            return (long) Float.BYTES * heads * rows * columns;
        }

        long maskBytes() {
            return (long) Float.BYTES * masks * rows * columns;
        }

        /** How far the last query is from the first key. */
        int reach() {
            return columns - 1;
        }
    }

    /** What only training needs. */
    private record Backward(
            Primitive dValue,
            Primitive dValueAdd,
            Primitive dProbability,
            Primitive dScore,
            Primitive dQuery,
            Primitive dKey,
            Primitive dKeyAdd) {

        void close() {
            for (Primitive each : new Primitive[] {dValue, dValueAdd, dProbability, dScore, dQuery, dKey, dKeyAdd}) {
                each.close();
            }
        }
    }

    private final Primitives primitives;
    private final Block block;
    private final Memory plainMask;
    private final Shape scores_hrc;
    private final Shape queries_hrd;
    private final Shape keys_hcd;
    private final Shape mixed_hrd;
    private final Primitive score;
    private final Primitive softmax;
    private final Primitive mix;
    private Optional<Backward> backward = Optional.empty();

    Scores(Primitives primitives, Block block) {
        this.primitives = primitives;
        this.block = block;
        long h = block.heads;
        long d = block.headDim;
        long r = block.rows;
        long c = block.columns;
        this.scores_hrc = Shape.dense(h, r, c);
        this.queries_hrd = Shape.of(new long[] {h, r, d}, block.queryStep, block.row, 1);
        this.keys_hcd = Shape.of(new long[] {h, c, d}, d, block.row, 1);
        this.mixed_hrd = Shape.of(new long[] {h, r, d}, block.queryStep, block.mixedRow, 1);
        this.plainMask = new Memory(block.masks == 1 ? block.maskBytes() : 0);
        if (block.masks == 1) {
            writeMask(block, distance -> 0, plainMask.address());
        }
        this.score = primitives.product(
                queries_hrd,
                transposed(keys_hcd),
                scores_hrc,
                new Finish(Optional.empty(), block.scale, Optional.of(Shape.dense(block.masks, r, c)), false));
        this.softmax = primitives.softmax(dnnl_softmax_accurate, Shape.dense(h * r, c));
        this.mix = primitives.product(scores_hrc, keys_hcd, mixed_hrd, Finish.NONE);
    }

    private static Shape transposed(Shape x) {
        long[] sizes = {x.sizes()[0], x.sizes()[2], x.sizes()[1]};
        return Shape.of(sizes, x.strides()[0], x.strides()[2], x.strides()[1]);
    }

    /**
     * Writes what one head's scores get before the softmax: minus infinity where a token may not look, so that the
     * probability is exactly 0, elsewhere what positions say of the distance.
     */
    static void writeMask(Block block, IntToDoubleFunction byDistance, long to) {
        // All rows are the same, each shifted by one to the right: so one line holds them all.
        float[] line = new float[block.rows + block.columns - 1];
        Arrays.fill(line, Float.NEGATIVE_INFINITY);
        for (int at = 0; at < block.columns; at++) {
            int distance = block.reach() - at;
            if (distance < block.window) {
                line[at] = (float) byDistance.applyAsDouble(distance);
            }
        }
        Cursor cursor = new Cursor();
        for (int row = 0; row < block.rows; row++) {
            cursor.at(to + (long) Float.BYTES * row * block.columns).put(line, block.rows - 1 - row, block.columns);
        }
    }

    Block block() {
        return block;
    }

    void prepareBackward() {
        if (backward.isPresent()) {
            return;
        }
        Shape scores_hcr = transposed(scores_hrc);
        Shape scores = Shape.dense((long) block.heads * block.rows, block.columns);
        backward = Optional.of(new Backward(
                primitives.product(scores_hcr, mixed_hrd, keys_hcd, Finish.NONE),
                primitives.product(scores_hcr, mixed_hrd, keys_hcd, Finish.ADD),
                primitives.product(mixed_hrd, transposed(keys_hcd), scores_hrc, Finish.NONE),
                primitives.softmaxBackward(scores),
                primitives.product(scores_hrc, keys_hcd, queries_hrd, Finish.scaled(block.scale, false)),
                primitives.product(scores_hcr, queries_hrd, keys_hcd, Finish.scaled(block.scale, false)),
                primitives.product(scores_hcr, queries_hrd, keys_hcd, Finish.scaled(block.scale, true))));
    }

    /**
     * Where a block's operands lie: the first of its queries, keys and values, results or their gradients.
     *
     * @param mask 0 for that of heads which share theirs
     */
    record Places(long query, long key, long value, long mixed, long mask) {}

    /** Mixes the values by the probabilities. */
    void forward(Worker worker, Places at) {
        long p = probabilities(worker, at);
        mix.on(worker).run(p, at.value, at.mixed);
    }

    private long probabilities(Worker worker, Places at) {
        long p = worker.memory(PROBABILITIES, block.bytes());
        score.on(worker).at(3, at.mask == 0 ? plainMask.address() : at.mask).run(at.query, at.key, p);
        softmax.on(worker).run(p, p);
        return p;
    }

    /**
     * Back-propagates; the queries' gradient is overwritten.
     *
     * @param add whether to add to the keys' and the values' gradients instead of overwriting them
     * @return where the scores' gradient lies, in the worker's memory
     */
    long backward(Worker worker, Places at, Places d, boolean add) {
        Backward operations = backward.orElseThrow();
        long p = probabilities(worker, at);
        long dScores = worker.memory(D_SCORES, block.bytes());
        (add ? operations.dValueAdd : operations.dValue).on(worker).run(p, d.mixed, d.value);
        operations.dProbability.on(worker).run(d.mixed, at.value, dScores);
        operations.dScore.on(worker).run(p, dScores, dScores);
        operations.dQuery.on(worker).run(dScores, at.key, d.query);
        (add ? operations.dKeyAdd : operations.dKey).on(worker).run(dScores, at.query, d.key);
        return dScores;
    }

    @Override
    public void close() {
        plainMask.close();
        score.close();
        softmax.close();
        mix.close();
        backward.ifPresent(Backward::close);
    }
}
