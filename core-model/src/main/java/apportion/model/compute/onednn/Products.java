package apportion.model.compute.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_bf16;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;

import apportion.model.compute.onednn.BlockedProduct.Places;
import apportion.model.compute.onednn.BlockedProduct.Product;
import apportion.model.compute.onednn.Crew.Work;
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
    /** More plans than any operation here uses. */
    private static final int PLANS = 8;

    /** A matrix to be rounded. */
    private record Copy(long rows, long columns) {}

    /** Where a product finds an operand, and the work that puts it there. */
    private record Operand(long address, Work work) {}

    private final Primitives primitives;
    private final Plans plans;
    private final Crew crew;
    private final int type;
    private final Scratch ones = new Scratch();
    private long onesCount;
    private final Scratch left = new Scratch();
    private final Scratch right = new Scratch();
    private final Scratch otherRight = new Scratch();

    Products(Primitives primitives, Plans plans, Crew crew, boolean rounds) {
        this.primitives = primitives;
        this.plans = plans;
        this.crew = crew;
        this.type = rounds ? dnnl_bf16 : dnnl_f32;
    }

    /** {@code out = x W^T + bias + addend}. */
    void forward(
            OneDnnTensor x_ni,
            OneDnnTensor weight_oi,
            Optional<OneDnnTensor> bias_1o,
            Optional<OneDnnTensor> addend_no,
            OneDnnTensor out_no) {
        long i = x_ni.columns();
        long o = weight_oi.rows();
        Product product =
                new Product(x_ni.rows(), i, o, i, 1, 1, i, bias_1o.isPresent(), addend_no.isPresent(), false, type);
        plans.makeRoom(PLANS);
        Operand a = left(x_ni);
        Operand b = right(product, weight_oi, right);
        crew.run(a.work, b.work);
        crew.run(blocks(product, new Places(a.address, b.address, at(bias_1o), at(addend_no), out_no.address())));
    }

    private static long at(Optional<OneDnnTensor> tensor) {
        return tensor.map(OneDnnTensor::address).orElse(0L);
    }

    /** {@code dX = dOut W}. */
    void backwardInput(OneDnnTensor dOut_no, OneDnnTensor weight_oi, OneDnnTensor dX_ni, boolean add) {
        Product product = inputGradient(dOut_no, weight_oi, add);
        plans.makeRoom(PLANS);
        Operand a = left(dOut_no);
        Operand b = right(product, weight_oi, right);
        crew.run(a.work, b.work);
        crew.run(blocks(product, new Places(a.address, b.address, 0, 0, dX_ni.address())));
    }

    /** {@code dW += dOut^T x}, and the column sums of {@code dOut} to the bias's gradient. */
    void backwardWeight(
            OneDnnTensor x_ni, OneDnnTensor dOut_no, OneDnnTensor dWeight_oi, Optional<OneDnnTensor> dBias_1o) {
        Product product = weightGradient(x_ni, dOut_no);
        plans.makeRoom(PLANS);
        Operand a = left(dOut_no);
        Operand b = right(product, x_ni, right);
        crew.run(a.work, b.work);
        crew.run(
                blocks(product, new Places(a.address, b.address, 0, 0, dWeight_oi.address())),
                columnSums(dOut_no, dBias_1o));
    }

    /** Both: one product's blocks keep the threads busy that would wait for the other's last. */
    void backward(
            OneDnnTensor x_ni,
            OneDnnTensor weight_oi,
            OneDnnTensor dOut_no,
            OneDnnTensor dX_ni,
            OneDnnTensor dWeight_oi,
            Optional<OneDnnTensor> dBias_1o) {
        Product toWeight = weightGradient(x_ni, dOut_no);
        Product toInput = inputGradient(dOut_no, weight_oi, false);
        plans.makeRoom(PLANS);
        Operand dOut = left(dOut_no);
        Operand x = right(toWeight, x_ni, right);
        Operand weight = right(toInput, weight_oi, otherRight);
        crew.run(x.work, weight.work, dOut.work);
        Work weightBlocks = blocks(toWeight, new Places(dOut.address, x.address, 0, 0, dWeight_oi.address()));
        Work inputBlocks = blocks(toInput, new Places(dOut.address, weight.address, 0, 0, dX_ni.address()));
        // The larger blocks first, so that the threads end together.
        boolean weightFirst = toWeight.inner() >= toInput.inner();
        crew.run(
                weightFirst ? weightBlocks : inputBlocks,
                weightFirst ? inputBlocks : weightBlocks,
                columnSums(dOut_no, dBias_1o));
    }

    private Product inputGradient(OneDnnTensor dOut_no, OneDnnTensor weight_oi, boolean add) {
        long i = weight_oi.columns();
        long o = dOut_no.columns();
        return new Product(dOut_no.rows(), o, i, o, 1, i, 1, false, false, add, type);
    }

    private Product weightGradient(OneDnnTensor x_ni, OneDnnTensor dOut_no) {
        long i = x_ni.columns();
        long o = dOut_no.columns();
        return new Product(o, x_ni.rows(), i, 1, o, i, 1, false, false, true, type);
    }

    private BlockedProduct plan(Product product) {
        return plans.get(BlockedProduct.class, product, () -> new BlockedProduct(primitives, product));
    }

    private Work blocks(Product product, Places at) {
        BlockedProduct plan = plan(product);
        return new Work(plan.count(), (index, worker) -> plan.run(index, worker, at));
    }

    /** A left operand: a rounded copy where this precision rounds. */
    private Operand left(OneDnnTensor a) {
        return type == dnnl_f32 ? new Operand(a.address(), Work.NONE) : rounded(a, left);
    }

    /** A right operand: packed where that pays, and rounded where this precision rounds. */
    private Operand right(Product product, OneDnnTensor b, Scratch scratch) {
        if (!product.packs()) {
            return type == dnnl_f32 ? new Operand(b.address(), Work.NONE) : rounded(b, scratch);
        }
        BlockedProduct plan = plan(product);
        long to = scratch.atLeast(plan.packedBytes());
        return new Operand(to, new Work(plan.packs(), (index, worker) -> plan.pack(index, worker, b.address(), to)));
    }

    private Operand rounded(OneDnnTensor x, Scratch scratch) {
        long to = scratch.atLeast(2 * x.size());
        Copy shape = new Copy(x.rows(), x.columns());
        Rounding rounding = plans.get(Rounding.class, shape, () -> new Rounding(shape));
        return new Operand(to, new Work(rounding.cut.chunks(), (chunk, worker) -> {
            long start = rounding.cut.start(chunk) * x.columns();
            rounding.primitives.call(chunk, worker).run(x.address() + Float.BYTES * start, to + 2 * start);
        }));
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

    /** Adds the sum of each column: a product with a row of ones, always in 32 bits. */
    private Work columnSums(OneDnnTensor x_no, Optional<OneDnnTensor> sums_1o) {
        if (sums_1o.isEmpty()) {
            return Work.NONE;
        }
        long n = x_no.rows();
        long o = x_no.columns();
        Product product = new Product(1, n, o, n, 1, o, 1, false, false, true, dnnl_f32);
        return blocks(
                product, new Places(ones(n), x_no.address(), 0, 0, sums_1o.get().address()));
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
        left.close();
        right.close();
        otherRight.close();
    }
}
