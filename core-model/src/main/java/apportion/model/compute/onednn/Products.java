package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import apportion.model.compute.onednn.Primitives.Finish;
import apportion.model.compute.onednn.Primitives.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Products of whole matrices, {@code c = a b}, cut into blocks of {@code c}.
 *
 * <p>In bfloat16 both operands are rounded to shared memory first; sums and results have 32 bits. oneDNN could round
 * while it multiplies, but does so only on CPUs with matrix units.
 */
final class Products {

    /** Rows of a block: with fewer the packing of {@code b} shows, with more the threads wait for each other. */
    private static final int ROWS = 128;

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
     * @param add whether to add to {@code c}
     * @param blockColumns columns of a block of {@code c}
     * @param type oneDNN's number of the operands' type
     */
    private record Product(
            long rows,
            long inner,
            long columns,
            long aRow,
            long aColumn,
            long bRow,
            long bColumn,
            boolean bias,
            boolean add,
            int blockColumns,
            int type) {}

    /** A matrix to be rounded. */
    private record Copy(long rows, long columns) {}

    /** A block's sizes. */
    private record Block(int rows, int columns) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private final boolean rounds;
    private final Scratch ones = new Scratch();
    private long onesCount;
    private final Scratch roundedA = new Scratch();
    private final Scratch roundedB = new Scratch();

    Products(Primitives primitives, Plans plans, Crew crew, boolean rounds) {
        this.rounds = rounds;
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    /** {@code out = x W^T + bias}. */
    void forward(OneDnnTensor x_ni, OneDnnTensor weight_oi, Optional<OneDnnTensor> bias_1o, OneDnnTensor out_no) {
        long i = x_ni.columns();
        long o = weight_oi.rows();
        Product product = new Product(x_ni.rows(), i, o, i, 1, 1, i, bias_1o.isPresent(), false, 2048, type());
        run(
                product,
                operand(x_ni, roundedA),
                operand(weight_oi, roundedB),
                bias_1o.map(OneDnnTensor::address).orElse(0L),
                out_no.address());
    }

    /** {@code dX = dOut W}. */
    void backwardInput(OneDnnTensor dOut_no, OneDnnTensor weight_oi, OneDnnTensor dX_ni, boolean add) {
        long i = weight_oi.columns();
        long o = dOut_no.columns();
        Product product = new Product(dOut_no.rows(), o, i, o, 1, i, 1, false, add, 2048, type());
        run(product, operand(dOut_no, roundedA), operand(weight_oi, roundedB), 0, dX_ni.address());
    }

    /** {@code dW += dOut^T x}, and the column sums of {@code dOut} to the bias's gradient. */
    void backwardWeight(
            OneDnnTensor x_ni, OneDnnTensor dOut_no, OneDnnTensor dWeight_oi, Optional<OneDnnTensor> dBias_1o) {
        long i = x_ni.columns();
        long o = dOut_no.columns();
        Product product = new Product(o, x_ni.rows(), i, 1, o, i, 1, false, true, 256, type());
        run(product, operand(dOut_no, roundedA), operand(x_ni, roundedB), 0, dWeight_oi.address());
        dBias_1o.ifPresent(dBias -> addColumnSums(dOut_no, dBias));
    }

    private void addColumnSums(OneDnnTensor x_no, OneDnnTensor sums_1o) {
        long n = x_no.rows();
        long o = x_no.columns();
        Product product = new Product(1, n, o, n, 1, o, 1, false, true, 64, dnnl_f32);
        run(product, ones(n), x_no.address(), 0, sums_1o.address());
    }

    private long ones(long count) {
        long address = ones.atLeast(Float.BYTES * count);
        if (onesCount < count) {
            onesCount = count;
            float[] values = new float[Math.toIntExact(count)];
            Arrays.fill(values, 1);
            new Cursor().at(address).put(values, 0, values.length);
        }
        return address;
    }

    void close() {
        ones.close();
        roundedA.close();
        roundedB.close();
    }

    /** Copies a matrix, rounded where this precision rounds; else returns where it lies. */
    private long operand(OneDnnTensor x, Scratch scratch) {
        if (!rounds) {
            return x.address();
        }
        long to = scratch.atLeast(2 * x.size());
        Copy shape = new Copy(x.rows(), x.columns());
        Rounding rounding = plans.get(Rounding.class, shape, () -> new Rounding(shape));
        crew.run(rounding.cut.chunks(), (chunk, worker) -> {
            long start = rounding.cut.start(chunk) * x.columns();
            rounding.primitives.call(chunk, worker).run(x.address() + Float.BYTES * start, to + 2 * start);
        });
        return to;
    }

    private int type() {
        return rounds ? dnnl_bf16 : dnnl_f32;
    }

    private void run(Product product, long a, long b, long bias, long c) {
        Blocks blocks = plans.get(Blocks.class, product, () -> new Blocks(product));
        crew.run(blocks.count(), (index, worker) -> blocks.run(index, worker, a, b, bias, c));
    }

    /** Rounds a matrix, some rows at a time. */
    private final class Rounding implements Plans.Plan {

        private final Cut cut;
        private final PerChunk primitives;

        Rounding(Copy copy) {
            this.cut = Cut.of(copy.rows, Cut.powerOfTwo((1 << 15) / copy.columns));
            this.primitives = new PerChunk(cut, rows -> {
                Shape shape = Shape.dense(rows * copy.columns);
                return Products.this.primitives.reorder(shape, shape.as(dnnl_bf16));
            });
        }

        @Override
        public void close() {
            primitives.close();
        }
    }

    private final class Blocks implements Plans.Plan {

        private final Product product;
        private final long operandBytes;
        private final Cut rows;
        private final int acrosses;
        private final Map<Block, Primitive> made = new HashMap<>();
        private final Primitive[] byIndex;

        Blocks(Product product) {
            this.product = product;
            this.operandBytes = product.type == dnnl_bf16 ? 2 : Float.BYTES;
            this.rows = Cut.of(product.rows, ROWS);
            this.acrosses = (int) ((product.columns + product.blockColumns - 1) / product.blockColumns);
            this.byIndex = new Primitive[rows.chunks() * acrosses];
            for (int index = 0; index < byIndex.length; index++) {
                Block block = new Block(rows.size(index / acrosses), columns(index % acrosses));
                byIndex[index] = made.computeIfAbsent(block, this::primitive);
            }
        }

        int count() {
            return byIndex.length;
        }

        private int columns(int across) {
            return (int) Math.min(product.blockColumns, product.columns - (long) across * product.blockColumns);
        }

        private Primitive primitive(Block block) {
            long m = block.rows;
            long n = block.columns;
            long k = product.inner;
            Optional<Shape> bias = product.bias ? Optional.of(Shape.dense(1, n)) : Optional.empty();
            return primitives.product(
                    Shape.of(new long[] {m, k}, product.aRow, product.aColumn).as(product.type),
                    Shape.of(new long[] {k, n}, product.bRow, product.bColumn).as(product.type),
                    Shape.of(new long[] {m, n}, product.columns, 1),
                    new Finish(bias, 1, Optional.empty(), product.add));
        }

        void run(int index, Worker worker, long a, long b, long bias, long c) {
            long row = rows.start(index / acrosses);
            long column = (long) (index % acrosses) * product.blockColumns;
            Primitive.Call call = byIndex[index].on(worker);
            if (product.bias) {
                call.at(3, bias + Float.BYTES * column);
            }
            call.run(
                    a + operandBytes * row * product.aRow,
                    b + operandBytes * column * product.bColumn,
                    c + Float.BYTES * (row * product.columns + column));
        }

        @Override
        public void close() {
            made.values().forEach(Primitive::close);
        }
    }
}
