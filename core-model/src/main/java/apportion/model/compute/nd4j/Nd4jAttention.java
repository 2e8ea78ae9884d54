package apportion.model.compute.nd4j;

import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionConfig;
import apportion.model.config.HeadGroup;
import apportion.model.config.Positions;
import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Plain softmax attention, group of equal heads by group, with the probabilities kept for the backward pass. */
final class Nd4jAttention implements CausalAttention {

    private final int width;
    private final List<Group> groups = new ArrayList<>();
    private int time;

    Nd4jAttention(AttentionConfig attention, Positions positions, DataType type) {
        this.width = attention.width();
        int offset = 0;
        for (HeadGroup heads : attention.groups()) {
            groups.add(new Group(heads, offset, attention.width(), positions, type));
            offset += heads.width();
        }
    }

    @Override
    public void forward(Tensor qkv_n3a, int time, Tensor out_na) {
        this.time = time;
        for (Group group : groups) {
            group.forward(((Nd4jTensor) qkv_n3a).array(), time, ((Nd4jTensor) out_na).array());
        }
    }

    @Override
    public void backward(Tensor dOut_na, Tensor dQkv_n3a) {
        if (dOut_na.columns() != width) {
            throw new IllegalArgumentException(
                    "the attention is " + width + " wide, its gradient " + dOut_na.columns());
        }
        for (Group group : groups) {
            group.backward(((Nd4jTensor) dOut_na).array(), time, ((Nd4jTensor) dQkv_n3a).array());
        }
    }

    @Override
    public void close() {
        groups.forEach(Group::close);
    }

    /** Heads of one size; every array is {@code [b, h, t, ...]}. */
    private static final class Group {

        // Slots: what the backward pass needs has a place of its own.
        private static final int QUERY = 0;
        private static final int KEY = 1;
        private static final int VALUE = 2;
        private static final int PROBABILITIES = 3;
        private static final int OUT = 4;
        private static final int D_OUT = 5;
        private static final int D_SCORES = 6;
        private static final int D_HEAD = 7;
        private static final int PRODUCT = 8;
        private static final int TURNED = 9;
        private static final int SUMS = 10;

        private final int heads;
        private final int headDim;
        private final long offset;
        private final long width;
        private final double scale;
        private final Scratch scratch;
        private final Rotation rotation;
        private final CausalMask mask;

        Group(HeadGroup group, long offset, long width, Positions positions, DataType type) {
            this.heads = group.heads();
            this.headDim = group.headDim();
            this.offset = offset;
            this.width = width;
            this.scale = 1 / Math.sqrt(headDim);
            this.scratch = new Scratch(type);
            this.rotation = Rotation.of(positions, headDim, type);
            this.mask = new CausalMask(type);
        }

        void forward(INDArray qkv, int time, INDArray out) {
            long batch = qkv.size(0) / time;
            INDArray q = scratch.array(QUERY, batch, heads, time, headDim);
            INDArray k = scratch.array(KEY, batch, heads, time, headDim);
            INDArray v = scratch.array(VALUE, batch, heads, time, headDim);
            INDArray turned = scratch.array(TURNED, batch, heads, time, headDim);
            q.assign(heads(qkv, 3 * width, offset, time));
            k.assign(heads(qkv, 3 * width, width + offset, time));
            v.assign(heads(qkv, 3 * width, 2 * width + offset, time));
            rotation.turn(q, turned, 1);
            rotation.turn(k, turned, 1);

            INDArray p = scratch.array(PROBABILITIES, batch, heads, time, time);
            Products.batched(scale, q, false, k, true, p);
            mask.hideLater(p);
            Nd4j.exec(DynamicCustomOp.builder("softmax")
                    .addInputs(p)
                    .addOutputs(p)
                    .build());
            INDArray o = scratch.array(OUT, batch, heads, time, headDim);
            Products.batched(1, p, false, v, false, o);
            heads(out, width, offset, time).assign(o);
        }

        void backward(INDArray dOut, int time, INDArray dQkv) {
            long batch = dOut.size(0) / time;
            INDArray q = scratch.array(QUERY, batch, heads, time, headDim);
            INDArray k = scratch.array(KEY, batch, heads, time, headDim);
            INDArray v = scratch.array(VALUE, batch, heads, time, headDim);
            INDArray p = scratch.array(PROBABILITIES, batch, heads, time, time);
            INDArray turned = scratch.array(TURNED, batch, heads, time, headDim);
            INDArray dO = scratch.array(D_OUT, batch, heads, time, headDim);
            dO.assign(heads(dOut, width, offset, time));

            INDArray dHead = scratch.array(D_HEAD, batch, heads, time, headDim);
            Products.batched(1, p, true, dO, false, dHead);
            heads(dQkv, 3 * width, 2 * width + offset, time).assign(dHead);

            // ds = p (dp - sum(dp p)), and sum_j dp_ij p_ij = do_i . o_i
            INDArray dScores = scratch.array(D_SCORES, batch, heads, time, time);
            Products.batched(1, dO, false, v, true, dScores);
            long rows = batch * heads * time;
            Nd4jTensor product = scratch.matrix(PRODUCT, rows, headDim);
            dO.reshape('c', rows, headDim)
                    .muli(scratch.matrix(OUT, rows, headDim).array(), product.array());
            Nd4jTensor sums = scratch.matrix(SUMS, rows, 1);
            Products.multiply(1, scratch.constant(headDim, 1), false, product, true, 0, sums);
            dScores.reshape('c', rows, time).subiColumnVector(sums.array());
            dScores.muli(p);

            Products.batched(scale, dScores, false, k, false, dHead);
            rotation.turn(dHead, turned, -1);
            heads(dQkv, 3 * width, offset, time).assign(dHead);

            Products.batched(scale, dScores, true, q, false, dHead);
            rotation.turn(dHead, turned, -1);
            heads(dQkv, 3 * width, width + offset, time).assign(dHead);
        }

        void close() {
            scratch.close();
            rotation.close();
            mask.close();
        }

        /** This group's columns of a {@code [n, columns]} matrix, as {@code [b, h, t, d]}; shares its memory. */
        private INDArray heads(INDArray x, long columns, long first, int time) {
            return Nd4j.create(
                    x.data(),
                    new long[] {x.size(0) / time, heads, time, headDim},
                    new long[] {time * columns, headDim, columns, 1},
                    x.offset() + first,
                    'c');
        }
    }
}
