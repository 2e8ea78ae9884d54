package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import apportion.model.compute.onednn.BlockedProduct.Product;
import apportion.model.compute.onednn.Primitives.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * A projection's three products. In bfloat16 both operands are rounded first; sums and results have 32 bits. oneDNN
 * could round while it multiplies, but does so only on CPUs with matrix units.
 */
final class Products {

    /** Numbers that are rounded at a time. */
    private static final int CHUNK = 1 << 15;

    /** A matrix to be rounded. */
    private record Copy(long rows, long columns) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private final int type;
    private final Scratch ones = new Scratch();
    private long onesCount;
    private final Scratch roundedA = new Scratch();
    private final Scratch ownB = new Scratch();

    Products(Primitives primitives, Plans plans, Crew crew, boolean rounds) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
        this.type = rounds ? dnnl_bf16 : dnnl_f32;
    }

    /** {@code out = x W^T + bias}. */
    void forward(OneDnnTensor x_ni, OneDnnTensor weight_oi, Optional<OneDnnTensor> bias_1o, OneDnnTensor out_no) {
        long i = x_ni.columns();
        long o = weight_oi.rows();
        Product product = new Product(x_ni.rows(), i, o, i, 1, 1, i, bias_1o.isPresent(), false, type);
        run(product, x_ni, weight_oi, bias_1o.map(OneDnnTensor::address).orElse(0L), out_no);
    }

    /** {@code dX = dOut W}. */
    void backwardInput(OneDnnTensor dOut_no, OneDnnTensor weight_oi, OneDnnTensor dX_ni, boolean add) {
        long i = weight_oi.columns();
        long o = dOut_no.columns();
        run(new Product(dOut_no.rows(), o, i, o, 1, i, 1, false, add, type), dOut_no, weight_oi, 0, dX_ni);
    }

    /** {@code dW += dOut^T x}, and the column sums of {@code dOut} to the bias's gradient. */
    void backwardWeight(
            OneDnnTensor x_ni, OneDnnTensor dOut_no, OneDnnTensor dWeight_oi, Optional<OneDnnTensor> dBias_1o) {
        long n = x_ni.rows();
        long i = x_ni.columns();
        long o = dOut_no.columns();
        run(new Product(o, n, i, 1, o, i, 1, false, true, type), dOut_no, x_ni, 0, dWeight_oi);
        dBias_1o.ifPresent(dBias -> {
            Product sums = new Product(1, n, o, n, 1, o, 1, false, true, dnnl_f32);
            run(sums, ones(n), dOut_no.address(), 0, dBias.address());
        });
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

    private void run(Product product, OneDnnTensor a, OneDnnTensor b, long bias, OneDnnTensor c) {
        long left = rounded(a, roundedA);
        long right = product.packs() ? pack(product, b) : rounded(b, ownB);
        run(product, left, right, bias, c.address());
    }

    private void run(Product product, long a, long b, long bias, long c) {
        BlockedProduct blocks = blocks(product);
        crew.run(blocks.count(), (index, worker) -> blocks.run(index, worker, a, b, bias, c));
    }

    private BlockedProduct blocks(Product product) {
        return plans.get(BlockedProduct.class, product, () -> new BlockedProduct(primitives, product));
    }

    private long pack(Product product, OneDnnTensor b) {
        BlockedProduct blocks = blocks(product);
        long to = ownB.atLeast(blocks.packedBytes());
        crew.run(blocks.acrosses(), (across, worker) -> blocks.pack(across, worker, b.address(), to));
        return to;
    }

    /** Copies a matrix, rounded where this precision rounds; else returns where it lies. */
    private long rounded(OneDnnTensor x, Scratch scratch) {
        if (type == dnnl_f32) {
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

    /** Rounds a matrix, some rows at a time. */
    private final class Rounding implements Plans.Plan {

        private final Cut cut;
        private final PerChunk primitives;

        Rounding(Copy copy) {
            this.cut = Cut.of(copy.rows, Cut.powerOfTwo(CHUNK / copy.columns));
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

    void close() {
        ones.close();
        roundedA.close();
        ownB.close();
    }
}
