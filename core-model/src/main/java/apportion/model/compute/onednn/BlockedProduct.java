package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;

import apportion.model.compute.onednn.Primitives.Finish;
import apportion.model.compute.onednn.Primitives.Packed;
import apportion.model.compute.onednn.Primitives.PackedRows;
import apportion.model.compute.onednn.Primitives.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A product of whole matrices, {@code c = a b}, cut into blocks of {@code c}.
 *
 * <p>Where {@code a} has enough rows, {@code b} is first copied into the order that oneDNN multiplies from: once, not
 * by every block anew.
 */
final class BlockedProduct implements Plans.Plan {

    /** Rows of a block: with fewer each block is slower, with more the threads wait for each other. */
    private static final int ROWS = 128;

    private static final int ROWS_TO_REARRANGE = 256;
    /** Rows of {@code a} from which packing pays. */
    private static final int PACKING = 64;
    /** Columns of a block: the more, the fewer times {@code a} is read, but the fewer threads can pack {@code b}. */
    private static final int COLUMNS = 512;
    /** The same where {@code b} has so many rows that packing must be shared by more threads. */
    private static final int COLUMNS_OF_TALL = 256;

    private static final int TALL = 4096;
    /** Rows of {@code b} that a thread packs at a time are at least so many, and at most an eighth of all. */
    private static final int PACKED_ROWS = 128;

    private static final int PACKED_PARTS = 8;
    private static final long ALIGNMENT = 64;

    /**
     * A product.
     *
     * @param rows of {@code a} and {@code c}
     * @param inner columns of {@code a} and rows of {@code b}
     * @param columns of {@code b} and {@code c}
     * @param aRow numbers between two rows of {@code a}; 1 if it lies transposed
     * @param aColumn numbers between two columns of {@code a}
     * @param bRow numbers between two rows of {@code b}
     * @param bColumn numbers between two columns of {@code b}
     * @param bias whether a bias is added to each row
     * @param addend whether another matrix of c's shape is added
     * @param add whether to add to {@code c}
     * @param type oneDNN's number of the operands' type
     */
    record Product(
            long rows,
            long inner,
            long columns,
            long aRow,
            long aColumn,
            long bRow,
            long bColumn,
            boolean bias,
            boolean addend,
            boolean add,
            int type) {

        boolean packs() {
            return rows >= PACKING && !rearranges();
        }

        /** In bfloat16 each block rearranges a transposed {@code a}: fewer, larger blocks gain more than packing. */
        private boolean rearranges() {
            return type == dnnl_bf16 && aColumn != 1;
        }

        private int blockRows() {
            return rearranges() ? ROWS_TO_REARRANGE : ROWS;
        }

        private int blockColumns() {
            return inner >= TALL ? COLUMNS_OF_TALL : COLUMNS;
        }
    }

    /**
     * Where the operands lie.
     *
     * @param b the packed copy where the product packs
     * @param bias 0 where there is none, and so the addend
     */
    record Places(long a, long b, long bias, long addend, long c) {}

    /** A block's sizes. */
    private record Block(int rows, int columns) {}

    /**
     * Some columns of {@code b} in the order in which they are multiplied.
     *
     * @param copies one for each part of the rows
     */
    private record Pack(Packed order, List<Primitive> copies) {

        void close() {
            copies.forEach(Primitive::close);
            order.close();
        }
    }

    private final Primitives primitives;
    private final Product product;
    private final long operandBytes;
    private final Cut rows;
    private final int acrosses;
    /** Rows that are packed at a time, but for the last. */
    private final int packedRows;

    private final Map<Integer, Pack> packs = new HashMap<>();
    private final Map<Block, Primitive> made = new HashMap<>();
    private final Primitive[] byIndex;
    /** Bytes before each block's columns of the packed {@code b}, and of all. */
    private final long[] packedFrom;

    BlockedProduct(Primitives primitives, Product product) {
        this.primitives = primitives;
        this.product = product;
        this.operandBytes = product.type == dnnl_bf16 ? 2 : Float.BYTES;
        this.rows = Cut.of(product.rows, product.blockRows());
        this.packedRows = Cut.powerOfTwo(Math.max(PACKED_ROWS, product.inner / PACKED_PARTS));
        this.acrosses = (int) ((product.columns + product.blockColumns() - 1) / product.blockColumns());
        this.packedFrom = new long[acrosses + 1];
        for (int across = 0; across < acrosses && product.packs(); across++) {
            Pack pack = packs.computeIfAbsent(columns(across), this::makePack);
            packedFrom[across + 1] = packedFrom[across] + (pack.order.bytes() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        }
        this.byIndex = new Primitive[rows.chunks() * acrosses];
        for (int index = 0; index < byIndex.length; index++) {
            Block block = new Block(rows.size(index / acrosses), columns(index % acrosses));
            byIndex[index] = made.computeIfAbsent(block, this::makeBlock);
        }
    }

    /** Blocks of {@code c}. */
    int count() {
        return byIndex.length;
    }

    /** Parts that {@code b} is packed in. */
    int packs() {
        return acrosses * packedParts();
    }

    long packedBytes() {
        return packedFrom[acrosses];
    }

    private int columns(int across) {
        return (int) Math.min(product.blockColumns(), product.columns - firstColumn(across));
    }

    private long firstColumn(int across) {
        return (long) across * product.blockColumns();
    }

    private Shape a(long rows) {
        return Shape.of(new long[] {rows, product.inner}, product.aRow, product.aColumn)
                .as(product.type);
    }

    private Shape b(long someRows, long columns) {
        return Shape.of(new long[] {someRows, columns}, product.bRow, product.bColumn);
    }

    private Shape c(long rows, long columns) {
        return Shape.of(new long[] {rows, columns}, product.columns, 1);
    }

    private int packedParts() {
        return (int) ((product.inner + packedRows - 1) / packedRows);
    }

    private Pack makePack(int columns) {
        int block = rows.size(0);
        Packed order = primitives.packed(a(block), b(product.inner, columns).as(product.type), c(block, columns));
        List<Primitive> copies = new ArrayList<>();
        for (long first = 0; first < product.inner; first += packedRows) {
            long some = Math.min(packedRows, product.inner - first);
            copies.add(primitives.reorder(b(some, columns), new PackedRows(order, first, some, columns)));
        }
        return new Pack(order, copies);
    }

    private Primitive makeBlock(Block block) {
        Optional<Shape> bias = product.bias ? Optional.of(Shape.dense(1, block.columns)) : Optional.empty();
        Shape c = c(block.rows, block.columns);
        Pack pack = packs.get(block.columns);
        return primitives.product(
                a(block.rows),
                pack == null ? b(product.inner, block.columns).as(product.type) : pack.order,
                c,
                new Finish(bias, 1, product.addend ? Optional.of(c) : Optional.empty(), product.add));
    }

    /** Copies one part, rounded where the product's type is narrower. */
    void pack(int index, Worker worker, long b, long to) {
        int across = index % acrosses;
        int part = index / acrosses;
        Pack pack = packs.get(columns(across));
        if (pack == null) {
            throw new IllegalStateException("a product of " + product.rows + " rows does not pack");
        }
        long first = (long) part * packedRows * product.bRow + firstColumn(across) * product.bColumn;
        pack.copies.get(part).on(worker).run(b + Float.BYTES * first, to + packedFrom[across]);
    }

    /** Computes one block. */
    void run(int index, Worker worker, Places at) {
        long row = rows.start(index / acrosses);
        int across = index % acrosses;
        long column = firstColumn(across);
        long inC = Float.BYTES * (row * product.columns + column);
        Primitive.Call call = byIndex[index].on(worker);
        int next = 3;
        if (product.addend) {
            call.at(next, at.addend + inC);
            next++;
        }
        if (product.bias) {
            call.at(next, at.bias + Float.BYTES * column);
        }
        call.run(
                at.a + operandBytes * row * product.aRow,
                at.b + (product.packs() ? packedFrom[across] : operandBytes * column * product.bColumn),
                at.c + inC);
    }

    @Override
    public void close() {
        packs.values().forEach(Pack::close);
        made.values().forEach(Primitive::close);
    }
}
