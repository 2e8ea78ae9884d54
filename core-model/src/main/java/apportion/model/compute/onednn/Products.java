package apportion.model.compute.onednn;

import apportion.model.compute.onednn.Primitives.Finish;
import apportion.model.compute.onednn.Primitives.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Products of whole matrices, {@code c = a b}, cut into blocks of {@code c}. */
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
            int blockColumns) {}

    /** A block's sizes. */
    private record Block(int rows, int columns) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private Memory ones = new Memory(0);
    private long onesCount;

    Products(Primitives primitives, Plans plans, Crew crew) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
    }

    /** {@code out = x W^T + bias}. */
    void forward(OneDnnTensor x_ni, OneDnnTensor weight_oi, Optional<OneDnnTensor> bias_1o, OneDnnTensor out_no) {
        long i = x_ni.columns();
        long o = weight_oi.rows();
        Product product = new Product(x_ni.rows(), i, o, i, 1, 1, i, bias_1o.isPresent(), false, 2048);
        run(
                product,
                x_ni.address(),
                weight_oi.address(),
                bias_1o.map(OneDnnTensor::address).orElse(0L),
                out_no.address());
    }

    /** {@code dX = dOut W}. */
    void backwardInput(OneDnnTensor dOut_no, OneDnnTensor weight_oi, OneDnnTensor dX_ni, boolean add) {
        long i = weight_oi.columns();
        long o = dOut_no.columns();
        Product product = new Product(dOut_no.rows(), o, i, o, 1, i, 1, false, add, 2048);
        run(product, dOut_no.address(), weight_oi.address(), 0, dX_ni.address());
    }

    /** {@code dW += dOut^T x}, and the column sums of {@code dOut} to the bias's gradient. */
    void backwardWeight(
            OneDnnTensor x_ni, OneDnnTensor dOut_no, OneDnnTensor dWeight_oi, Optional<OneDnnTensor> dBias_1o) {
        long i = x_ni.columns();
        long o = dOut_no.columns();
        Product product = new Product(o, x_ni.rows(), i, 1, o, i, 1, false, true, 256);
        run(product, dOut_no.address(), x_ni.address(), 0, dWeight_oi.address());
        dBias_1o.ifPresent(dBias -> addColumnSums(dOut_no, dBias));
    }

    private void addColumnSums(OneDnnTensor x_no, OneDnnTensor sums_1o) {
        long n = x_no.rows();
        long o = x_no.columns();
        Product product = new Product(1, n, o, n, 1, o, 1, false, true, 64);
        run(product, ones(n), x_no.address(), 0, sums_1o.address());
    }

    private long ones(long count) {
        if (onesCount < count) {
            ones.close();
            ones = new Memory(Float.BYTES * count);
            onesCount = count;
            float[] values = new float[Math.toIntExact(count)];
            Arrays.fill(values, 1);
            new Cursor().at(ones.address()).put(values, 0, values.length);
        }
        return ones.address();
    }

    void close() {
        ones.close();
    }

    private void run(Product product, long a, long b, long bias, long c) {
        Blocks blocks = plans.get(Blocks.class, product, () -> new Blocks(product));
        crew.run(blocks.count(), (index, worker) -> blocks.run(index, worker, a, b, bias, c));
    }

    private final class Blocks implements Plans.Plan {

        private final Product product;
        private final Cut rows;
        private final int acrosses;
        private final Map<Block, Primitive> made = new HashMap<>();
        private final Primitive[] byIndex;

        Blocks(Product product) {
            this.product = product;
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
                    Shape.of(new long[] {m, k}, product.aRow, product.aColumn),
                    Shape.of(new long[] {k, n}, product.bRow, product.bColumn),
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
                    a + Float.BYTES * row * product.aRow,
                    b + Float.BYTES * column * product.bColumn,
                    c + Float.BYTES * (row * product.columns + column));
        }

        @Override
        public void close() {
            made.values().forEach(Primitive::close);
        }
    }
}
