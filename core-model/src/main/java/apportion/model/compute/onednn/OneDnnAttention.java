package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;

import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.compute.onednn.Primitives.Finish;
import apportion.model.compute.onednn.Primitives.Shape;
import apportion.model.compute.onednn.Rotation.Rows;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.Positions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Softmax attention, one sequence and some heads at a time, some rows of scores at a time.
 *
 * <p>A block of rows sees only the columns up to its own end, so about half of the scores are never computed; what is
 * later than a row within its block is masked with minus infinity and gets the probability 0. Queries, keys and values
 * are read where they lie, through strides. Nothing is kept for the backward pass but where they lie: the probabilities
 * are computed again, which costs less than to fetch them and keeps memory linear in the sequence.
 */
final class OneDnnAttention implements CausalAttention {

    /** Numbers of one block of scores, so that two of them and what they are made from stay in a core's cache. */
    private static final int SCORES = 1 << 17;

    // Slots of a worker's memory and arrays.
    private static final int PROBABILITIES = 0;
    private static final int D_SCORES = 1;
    private static final int TURNED = 2;
    private static final int D_TURNED = 3;

    /** Equal heads side by side that are computed together, and where their numbers begin within a token's row. */
    private record Slice(int heads, int headDim, long query, long key, long value, long out) {
        long width() {
            return (long) heads * headDim;
        }
    }

    /**
     * The shape of one block of scores.
     *
     * @param heads of the slice
     * @param headDim of each
     * @param rows queries
     * @param columns keys and values: all up to the last query
     * @param queryRow numbers between two tokens' queries, and between their keys
     * @param valueRow numbers between two tokens' values
     * @param outRow numbers between two tokens' outputs
     */
    private record Block(int heads, int headDim, int rows, int columns, long queryRow, long valueRow, long outRow) {}

    private final AttentionConfig attention;
    private final Optional<Rotation> rotation;
    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private final long width;

    private int time = 1;
    private Cut rows = Cut.of(1, 1);
    private List<Slice> slices = List.of();
    private long qkv;

    OneDnnAttention(AttentionConfig attention, Positions positions, Primitives primitives, Plans plans, Crew crew) {
        this.attention = attention;
        this.rotation = positions instanceof Positions.Rotary rotary
                ? Optional.of(new Rotation(rotary.base()))
                : Optional.empty();
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
        this.width = attention.width();
    }

    @Override
    public void forward(Tensor qkv_n3a, int time, Tensor out_na) {
        shape(time);
        this.qkv = OneDnnTensor.of(qkv_n3a).address();
        Scores[] blocks = blocks();
        long out = OneDnnTensor.of(out_na).address();
        crew.run(units(qkv_n3a), (index, worker) -> forward(index, worker, blocks, out));
    }

    @Override
    public void backward(Tensor dOut_na, Tensor dQkv_n3a) {
        if (dOut_na.columns() != width) {
            throw new IllegalArgumentException(
                    "the attention is " + width + " wide, its gradient " + dOut_na.columns());
        }
        Scores[] blocks = blocks();
        for (Scores block : blocks) {
            block.prepareBackward();
        }
        long dOut = OneDnnTensor.of(dOut_na).address();
        long dQkv = OneDnnTensor.of(dQkv_n3a).address();
        crew.run(units(dQkv_n3a), (index, worker) -> backward(index, worker, blocks, dOut, dQkv));
    }

    private int units(Tensor rows_nc) {
        return Math.toIntExact(rows_nc.rows() / time * slices.size());
    }

    private void shape(int time) {
        if (this.time == time && !slices.isEmpty()) {
            return;
        }
        this.time = time;
        this.rows = Cut.of(time, time <= 128 ? 32 : 64);
        List<Slice> some = new ArrayList<>();
        long offset = 0;
        for (HeadGroup group : attention.groups()) {
            int most = Math.max(1, SCORES / (Math.min(rows.block(), time) * time));
            for (int first = 0; first < group.heads(); first += most) {
                int heads = Math.min(most, group.heads() - first);
                some.add(new Slice(heads, group.headDim(), offset, width + offset, 2 * width + offset, offset));
                offset += (long) heads * group.headDim();
            }
        }
        this.slices = some;
        rotation.ifPresent(turn -> turn.prepare(attention.groups(), time));
    }

    /** For each slice the blocks of its rows. */
    private Scores[] blocks() {
        Scores[] blocks = new Scores[slices.size() * rows.chunks()];
        plans.makeRoom(blocks.length);
        for (int i = 0; i < blocks.length; i++) {
            Slice slice = slices.get(i / rows.chunks());
            int chunk = i % rows.chunks();
            int end = rows.start(chunk) + rows.size(chunk);
            long queryRow = rotation.isPresent() ? 2 * slice.width() : 3 * width;
            Block block = new Block(slice.heads, slice.headDim, rows.size(chunk), end, queryRow, 3 * width, width);
            blocks[i] = plans.get(Scores.class, block, () -> new Scores(block));
        }
        return blocks;
    }

    private void forward(int index, Worker worker, Scores[] blocks, long out) {
        int which = index % slices.size();
        Slice slice = slices.get(which);
        long first = (long) index / slices.size() * time;
        long row = qkv + Float.BYTES * 3 * width * first;
        long query = turned(slice, row, worker);
        long key = rotation.isPresent() ? query + Float.BYTES * slice.width() : row + Float.BYTES * slice.key;
        long value = row + Float.BYTES * slice.value;
        for (int chunk = 0; chunk < rows.chunks(); chunk++) {
            Scores scores = blocks[which * rows.chunks() + chunk];
            long start = rows.start(chunk);
            long p = scores.probabilities(worker, query + Float.BYTES * start * scores.block.queryRow, key);
            scores.out.on(worker).run(p, value, out + Float.BYTES * ((first + start) * width + slice.out));
        }
    }

    /** The queries of a slice: where they lie, or turned, in front of the turned keys, in the worker's memory. */
    private long turned(Slice slice, long row, Worker worker) {
        if (rotation.isEmpty()) {
            return row + Float.BYTES * slice.query;
        }
        long stride = 2 * slice.width();
        long turned = worker.memory(TURNED, Float.BYTES * stride * time);
        Rotation turn = rotation.get();
        Rows queries = new Rows(turned, stride);
        Rows keys = new Rows(turned + Float.BYTES * slice.width(), stride);
        turn.turn(worker, in(row + Float.BYTES * slice.query), queries, time, slice.heads, slice.headDim, 1);
        turn.turn(worker, in(row + Float.BYTES * slice.key), keys, time, slice.heads, slice.headDim, 1);
        return turned;
    }

    private Rows in(long address) {
        return new Rows(address, 3 * width);
    }

    private void backward(int index, Worker worker, Scores[] blocks, long dOut, long dQkv) {
        int which = index % slices.size();
        Slice slice = slices.get(which);
        long first = (long) index / slices.size() * time;
        long row = qkv + Float.BYTES * 3 * width * first;
        long query = turned(slice, row, worker);
        long key = rotation.isPresent() ? query + Float.BYTES * slice.width() : row + Float.BYTES * slice.key;
        long value = row + Float.BYTES * slice.value;

        long dRow = dQkv + Float.BYTES * 3 * width * first;
        long dQuery = dRow + Float.BYTES * slice.query;
        long dKey = dRow + Float.BYTES * slice.key;
        if (rotation.isPresent()) {
            dQuery = worker.memory(D_TURNED, Float.BYTES * 2 * slice.width() * time);
            dKey = dQuery + Float.BYTES * slice.width();
        }
        long dValue = dRow + Float.BYTES * slice.value;
        // From the last rows, which see every key, to the first: so the first products overwrite, the others add.
        for (int chunk = rows.chunks() - 1; chunk >= 0; chunk--) {
            Scores scores = blocks[which * rows.chunks() + chunk];
            long start = rows.start(chunk);
            long queries = Float.BYTES * start * scores.block.queryRow;
            scores.backward(
                    worker,
                    chunk == rows.chunks() - 1,
                    query + queries,
                    key,
                    value,
                    dOut + Float.BYTES * ((first + start) * width + slice.out),
                    dQuery + queries,
                    dKey,
                    dValue);
        }
        if (rotation.isPresent()) {
            Rotation turn = rotation.get();
            long stride = 2 * slice.width();
            Rows queries = new Rows(dQuery, stride);
            Rows keys = new Rows(dKey, stride);
            turn.turn(worker, queries, in(dRow + Float.BYTES * slice.query), time, slice.heads, slice.headDim, -1);
            turn.turn(worker, keys, in(dRow + Float.BYTES * slice.key), time, slice.heads, slice.headDim, -1);
        }
    }

    @Override
    public void close() {
        // Plans and scratch memory belong to the backend.
    }

    /** The operations on one block of scores; every matrix is one of a batch over the heads. */
    private final class Scores implements Plans.Plan {

        private final Block block;
        private final Memory mask;
        private final Shape scores_hrc;
        private final Shape queries_hrd;
        private final Shape keys_hcd;
        private final Shape values_hcd;
        private final Shape out_hrd;
        private final double scale;
        private final Primitive score;
        private final Primitive softmax;
        private final Primitive out;
        private final List<Primitive> backward = new ArrayList<>();

        Scores(Block block) {
            this.block = block;
            long h = block.heads;
            long d = block.headDim;
            long r = block.rows;
            long c = block.columns;
            this.scores_hrc = Shape.dense(h, r, c);
            this.queries_hrd = Shape.of(new long[] {h, r, d}, d, block.queryRow, 1);
            this.keys_hcd = Shape.of(new long[] {h, c, d}, d, block.queryRow, 1);
            this.values_hcd = Shape.of(new long[] {h, c, d}, d, block.valueRow, 1);
            this.out_hrd = Shape.of(new long[] {h, r, d}, d, block.outRow, 1);
            this.scale = 1 / Math.sqrt(block.headDim);
            this.mask = mask(block.rows, block.columns);
            this.score = primitives.product(
                    queries_hrd,
                    transposed(keys_hcd),
                    scores_hrc,
                    new Finish(Optional.empty(), scale, Optional.of(Shape.dense(1, r, c)), false));
            this.softmax = primitives.softmax(dnnl_softmax_accurate, Shape.dense(h * r, c));
            this.out = primitives.product(scores_hrc, values_hcd, out_hrd, Finish.NONE);
        }

        private static Memory mask(int rows, int columns) {
            Memory mask = new Memory((long) Float.BYTES * rows * columns);
            float[] row = new float[columns];
            Cursor cursor = new Cursor();
            for (int r = rows - 1; r >= 0; r--) {
                int seen = columns - rows + r + 1;
                Arrays.fill(row, seen, columns, Float.NEGATIVE_INFINITY);
                cursor.at(mask.address() + (long) Float.BYTES * r * columns).put(row, 0, columns);
            }
            return mask;
        }

        private static Shape transposed(Shape x) {
            long[] sizes = {x.sizes()[0], x.sizes()[2], x.sizes()[1]};
            return Shape.of(sizes, x.strides()[0], x.strides()[2], x.strides()[1]);
        }

        // What the backward pass needs besides, in the order of its use.
        private static final int D_VALUE = 0;
        private static final int D_VALUE_ADD = 1;
        private static final int D_PROBABILITY = 2;
        private static final int D_SCORE = 3;
        private static final int D_QUERY = 4;
        private static final int D_KEY = 5;
        private static final int D_KEY_ADD = 6;

        void prepareBackward() {
            if (!backward.isEmpty()) {
                return;
            }
            Shape scores_hcr = transposed(scores_hrc);
            backward.add(primitives.product(scores_hcr, out_hrd, values_hcd, Finish.NONE));
            backward.add(primitives.product(scores_hcr, out_hrd, values_hcd, Finish.ADD));
            backward.add(primitives.product(out_hrd, transposed(values_hcd), scores_hrc, Finish.NONE));
            backward.add(primitives.softmaxBackward(Shape.dense((long) block.heads * block.rows, block.columns)));
            backward.add(primitives.product(scores_hrc, keys_hcd, queries_hrd, Finish.scaled(scale, false)));
            backward.add(primitives.product(scores_hcr, queries_hrd, keys_hcd, Finish.scaled(scale, false)));
            backward.add(primitives.product(scores_hcr, queries_hrd, keys_hcd, Finish.scaled(scale, true)));
        }

        private long bytes() {
            return (long) Float.BYTES * block.heads * block.rows * block.columns;
        }

        /** Computes the probabilities into the worker's memory. */
        long probabilities(Worker worker, long query, long key) {
            long p = worker.memory(PROBABILITIES, bytes());
            score.on(worker).at(3, mask.address()).run(query, key, p);
            softmax.on(worker).run(p, p);
            return p;
        }

        void backward(
                Worker worker,
                boolean last,
                long query,
                long key,
                long value,
                long dOut,
                long dQuery,
                long dKey,
                long dValue) {
            long p = probabilities(worker, query, key);
            long dScores = worker.memory(D_SCORES, bytes());
            backward.get(last ? D_VALUE : D_VALUE_ADD).on(worker).run(p, dOut, dValue);
            backward.get(D_PROBABILITY).on(worker).run(dOut, value, dScores);
            backward.get(D_SCORE).on(worker).run(p, dScores, dScores);
            backward.get(D_QUERY).on(worker).run(dScores, key, dQuery);
            backward.get(last ? D_KEY : D_KEY_ADD).on(worker).run(dScores, query, dKey);
        }

        @Override
        public void close() {
            mask.close();
            score.close();
            softmax.close();
            out.close();
            backward.forEach(Primitive::close);
        }
    }
}
