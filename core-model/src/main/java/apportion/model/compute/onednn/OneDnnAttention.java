package apportion.model.compute.onednn;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.compute.onednn.Role.Kind;
import apportion.model.compute.onednn.Role.Rows;
import apportion.model.compute.onednn.Scores.Block;
import apportion.model.compute.onednn.Scores.Places;
import apportion.model.config.AttentionShape;
import java.util.ArrayList;
import java.util.List;

/**
 * Softmax attention, one sequence and some heads at a time, some rows of scores at a time.
 *
 * <p>A block of rows meets only the columns that one of its tokens may see, so about half of the scores, and with a
 * window more, are never computed. Plain queries, keys and values are read where they lie, through strides; others are
 * prepared in a worker's memory. Nothing is kept for the backward pass: the probabilities are computed again, which
 * costs little more than to fetch them, and keeps memory linear in the sequence.
 */
final class OneDnnAttention implements CausalAttention {

    /** Numbers of one block of scores, so that two of them and what they are made from stay in a core's cache. */
    private static final int SCORES = 1 << 17;
    /** Up to this length blocks have few rows, as the masked half of a block on the diagonal is wasted. */
    private static final int SHORT = 128;

    // Slots of a worker's memory; scores have the first two.
    private static final int PREPARED = 2;
    private static final int D_PREPARED = 3;

    private final AttentionShape shape;
    private final LearnedGradients gradients;
    private final List<HeadRoles> groups;
    private final ScoreBias bias;
    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;

    private int time;
    private Cut rows = Cut.of(1, 1);
    private List<HeadSlice> slices = List.of();

    OneDnnAttention(
            AttentionShape shape,
            AttentionWeights weights,
            AttentionWeights gradients,
            Primitives primitives,
            Plans plans,
            Crew crew) {
        this.shape = shape;
        this.gradients = new LearnedGradients(shape, gradients);
        this.groups = shape.groups().stream()
                .map(group -> new HeadRoles(
                        group,
                        new Role(shape, group, Kind.QUERIES, weights),
                        new Role(shape, group, Kind.KEYS, weights),
                        new Role(shape, group, Kind.VALUES, weights)))
                .toList();
        this.bias = ScoreBias.of(shape, weights);
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    @Override
    public void forward(Tensor projected_np, int time, Tensor mixed_na) {
        slice(time);
        Scores[] blocks = blocks();
        writeBias(blocks);
        long projected = OneDnnTensor.of(projected_np).address();
        long mixed = OneDnnTensor.of(mixed_na).address();
        crew.run(units(projected_np), (index, worker) -> {
            Unit unit = new Unit(index, worker, projected, mixed);
            unit.read();
            unit.forEachBlock(blocks, (scores, at, member, chunk) -> scores.forward(worker, at));
        });
    }

    @Override
    public void backward(Tensor projected_np, Tensor mixed_na, Tensor dMixed_na, Tensor dProjected_np) {
        if (dMixed_na.columns() != shape.mixedWidth()) {
            throw new IllegalArgumentException(
                    "the attention is " + shape.mixedWidth() + " wide, its gradient " + dMixed_na.columns());
        }
        Scores[] blocks = blocks();
        for (Scores block : blocks) {
            block.prepareBackward();
        }
        long projected = OneDnnTensor.of(projected_np).address();
        long dMixed = OneDnnTensor.of(dMixed_na).address();
        long dProjected = OneDnnTensor.of(dProjected_np).address();
        int units = units(projected_np);
        gradients.begin(slices, units);
        crew.run(units, (index, worker) -> {
            LearnedGradients.Part part = gradients.part(index, worker);
            backward(
                    new Unit(index, worker, projected, dMixed),
                    new Unit(index, worker, dProjected, dMixed),
                    blocks,
                    part);
        });
        gradients.add(crew);
    }

    private int units(Tensor rows_nc) {
        return Math.toIntExact(rows_nc.rows() / time * slices.size());
    }

    private void slice(int time) {
        if (this.time == time) {
            return;
        }
        this.time = time;
        this.rows = Cut.of(time, time <= SHORT ? 32 : 64);
        List<HeadSlice> some = new ArrayList<>();
        // A batch of matrices of one row each, with gaps between them, is misread by oneDNN 3.11.
        boolean oneRow = rows.size(rows.chunks() - 1) == 1;
        for (HeadRoles group : groups) {
            boolean gaps = group.queriesPerKey() > 1;
            int most = oneRow && gaps ? 1 : Math.max(1, SCORES / (Math.min(rows.block(), time) * time));
            int keys = group.group().heads().kvHeads();
            for (int first = 0; first < keys; first += most) {
                some.add(new HeadSlice(group, first, Math.min(most, keys - first)));
            }
            group.queries().prepare(time);
            group.keys().prepare(time);
        }
        this.slices = some;
    }

    /** The first token that one of a chunk's tokens may see, moved to a multiple of a block for fewer shapes. */
    private int firstColumn(int chunk) {
        long first = (long) rows.start(chunk) - shape.window() + 1;
        return (int) Math.max(0, first) / rows.block() * rows.block();
    }

    /** For each slice the blocks of its rows. */
    private Scores[] blocks() {
        Scores[] blocks = new Scores[slices.size() * rows.chunks()];
        plans.makeRoom(blocks.length);
        for (int i = 0; i < blocks.length; i++) {
            Block block = block(slices.get(i / rows.chunks()), i % rows.chunks());
            blocks[i] = plans.get(Scores.class, block, () -> new Scores(primitives, block));
        }
        return blocks;
    }

    private Block block(HeadSlice slice, int chunk) {
        int columns = rows.start(chunk) + rows.size(chunk) - firstColumn(chunk);
        int headDim = slice.in().headDim();
        return new Block(
                slice.keys(),
                headDim,
                rows.size(chunk),
                columns,
                Math.min(shape.window(), columns),
                slice.in().group().scale(),
                (long) slice.in().queriesPerKey() * headDim,
                slice.in().prepared() ? slice.preparedRow() : shape.width(),
                shape.mixedWidth(),
                bias.present() ? slice.keys() : 1);
    }

    private void writeBias(Scores[] blocks) {
        if (!bias.present()) {
            return;
        }
        bias.begin();
        for (int i = 0; i < blocks.length; i++) {
            HeadSlice slice = slices.get(i / rows.chunks());
            bias.reserve(blocks[i].block(), slice.firstHead(), slice.in().queriesPerKey());
        }
        bias.write(crew);
    }

    private void backward(Unit unit, Unit d, Scores[] blocks, LearnedGradients.Part part) {
        HeadSlice slice = unit.slice;
        unit.read();
        d.place(D_PREPARED);
        // From the last rows to the first: without a window the last see every key, so their products overwrite the
        // keys' and values' gradients, and the others add.
        boolean windowed = firstColumn(rows.chunks() - 1) > 0;
        if (windowed) {
            d.clearKeysAndValues();
        }
        unit.forEachBlock(blocks, (scores, at, member, chunk) -> {
            boolean add = windowed || member > 0 || chunk < rows.chunks() - 1;
            long dScores = scores.backward(unit.worker, at, d.places(member, chunk, at.mask()), add);
            bias.backward(
                    unit.worker, scores.block(), dScores, member, slice.in().queriesPerKey(), part.distances());
        });
        d.write(unit, part);
    }

    /** One sequence of one slice: its rows in one matrix, and its results in another. */
    private final class Unit {

        private final Worker worker;
        private final HeadSlice slice;
        private final long first;
        private final Rows projected;
        private final long mixed;
        /** Where the products find queries, keys and values. */
        private Rows queries;

        private Rows keys;
        private Rows values;

        Unit(int index, Worker worker, long projected, long mixed) {
            this.worker = worker;
            this.slice = slices.get(index % slices.size());
            this.first = (long) index / slices.size() * time;
            this.projected = new Rows(projected + Float.BYTES * first * shape.width(), shape.width());
            this.mixed = mixed;
            this.queries = column(slice.in().group().queries() + slice.firstQueryColumn());
            this.keys = column(slice.in().group().keys() + slice.firstKeyColumn());
            this.values = column(slice.in().group().values() + slice.firstKeyColumn());
        }

        private Rows column(long column) {
            return new Rows(projected.address() + Float.BYTES * column, projected.stride());
        }

        /** Lets the products use a worker's memory where they cannot use the rows'. */
        void place(int slot) {
            if (slice.in().prepared()) {
                long stride = slice.preparedRow();
                long memory = worker.memory(slot, Float.BYTES * stride * time);
                queries = new Rows(memory, stride);
                keys = new Rows(memory + (long) Float.BYTES * slice.queryWidth(), stride);
                values = new Rows(keys.address() + (long) Float.BYTES * slice.keyWidth(), stride);
            }
        }

        /** Prepares queries, keys and values. */
        void read() {
            if (!slice.in().prepared()) {
                return;
            }
            Rows inQueries = queries;
            Rows inKeys = keys;
            Rows inValues = values;
            place(PREPARED);
            long queryColumn = slice.firstQueryColumn();
            long keyColumn = slice.firstKeyColumn();
            slice.in().queries().read(worker, inQueries, queries, time, queryColumn, slice.queryWidth());
            slice.in().keys().read(worker, inKeys, keys, time, keyColumn, slice.keyWidth());
            slice.in().values().read(worker, inValues, values, time, keyColumn, slice.keyWidth());
        }

        /** Takes the products' gradients to the rows; roles whose columns coincide add up. */
        void write(Unit forward, LearnedGradients.Part part) {
            if (!slice.in().prepared()) {
                return;
            }
            AttentionShape.Group group = slice.in().group();
            boolean queriesAdd = group.queries() == group.values();
            boolean keysAdd = group.keys() == group.values() || group.keys() == group.queries();
            write(
                    slice.in().values(),
                    forward,
                    values,
                    group.values() + slice.firstKeyColumn(),
                    false,
                    Kind.VALUES,
                    part);
            write(
                    slice.in().queries(),
                    forward,
                    queries,
                    group.queries() + slice.firstQueryColumn(),
                    queriesAdd,
                    Kind.QUERIES,
                    part);
            write(slice.in().keys(), forward, keys, group.keys() + slice.firstKeyColumn(), keysAdd, Kind.KEYS, part);
        }

        private void write(
                Role role, Unit forward, Rows d, long column, boolean add, Kind kind, LearnedGradients.Part part) {
            boolean query = kind == Kind.QUERIES;
            role.write(
                    worker,
                    forward.column(column),
                    d,
                    column(column),
                    add,
                    time,
                    query ? slice.firstQueryColumn() : slice.firstKeyColumn(),
                    query ? slice.queryWidth() : slice.keyWidth(),
                    part.diagonal(kind),
                    part.gains(kind));
        }

        void clearKeysAndValues() {
            for (int t = 0; t < time; t++) {
                Cursor.zero(worker.cursor(), keys.at(t), (long) Float.BYTES * slice.keyWidth());
                Cursor.zero(worker.cursor(), values.at(t), (long) Float.BYTES * slice.keyWidth());
            }
        }

        /** For each query that a key serves, the chunks from the last to the first. */
        void forEachBlock(Scores[] blocks, BlockUse use) {
            int which = slices.indexOf(slice);
            for (int member = 0; member < slice.in().queriesPerKey(); member++) {
                for (int chunk = rows.chunks() - 1; chunk >= 0; chunk--) {
                    int index = which * rows.chunks() + chunk;
                    long mask = bias.present() ? bias.mask(index, member) : 0;
                    use.run(blocks[index], places(member, chunk, mask), member, chunk);
                }
            }
        }

        Places places(int member, int chunk, long mask) {
            long start = rows.start(chunk);
            long column = (long) member * slice.in().headDim();
            long out = (first + start) * shape.mixedWidth()
                    + slice.in().group().mixed()
                    + slice.firstQueryColumn()
                    + column;
            return new Places(
                    queries.at(start) + Float.BYTES * column,
                    keys.at(firstColumn(chunk)),
                    values.at(firstColumn(chunk)),
                    mixed + Float.BYTES * out,
                    mask);
        }
    }

    private interface BlockUse {
        void run(Scores scores, Places at, int member, int chunk);
    }

    @Override
    public void release() {}

    @Override
    public void close() {
        gradients.close();
        bias.close();
    }
}
