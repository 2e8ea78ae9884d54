package apportion.model.compute.nd4j;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Plain softmax attention, group of equal heads by group, with the probabilities kept for the backward pass. */
final class Nd4jAttention implements CausalAttention {

    private final AttentionShape shape;
    private final List<Group> groups;
    private int time;

    Nd4jAttention(Nd4jBackend backend, AttentionShape shape, AttentionWeights weights, AttentionWeights gradients) {
        this.shape = shape;
        this.groups = shape.groups().stream()
                .map(group -> new Group(backend, shape, group, weights, gradients))
                .toList();
    }

    @Override
    public void forward(Tensor projected_np, int time, Tensor mixed_na) {
        this.time = time;
        for (Group group : groups) {
            group.forward(array(projected_np), time, array(mixed_na));
        }
    }

    @Override
    public void backward(Tensor projected_np, Tensor mixed_na, Tensor dMixed_na, Tensor dProjected_np) {
        if (dMixed_na.columns() != shape.mixedWidth()) {
            throw new IllegalArgumentException(
                    "the attention is " + shape.mixedWidth() + " wide, its gradient " + dMixed_na.columns());
        }
        for (Group group : groups) {
            group.backward(array(projected_np), array(mixed_na), array(dMixed_na), time, array(dProjected_np));
        }
    }

    private static INDArray array(Tensor tensor) {
        return ((Nd4jTensor) tensor).array();
    }

    @Override
    public void release() {
        groups.forEach(Group::release);
    }

    @Override
    public void close() {
        groups.forEach(Group::close);
    }

    /**
     * Heads of one size, {@code k} keys and values for {@code h = k r} queries. Arrays are {@code [b, h, t, ...]} or
     * {@code [b, k, t, ...]}; products run over {@code [b, k, r t, ...]}, the same memory, so that a key meets all its
     * queries at once and its gradient adds up over them.
     */
    private static final class Group {

        // Slots: what the backward pass needs has a place of its own.
        private static final int QUERY = 0;
        private static final int KEY = 1;
        private static final int VALUE = 2;
        private static final int PROBABILITIES = 3;
        private static final int OUT = 4;
        private static final int D_OUT = 5;
        private static final int D_SCORES = 6;
        private static final int D_QUERY = 7;
        private static final int D_KEY = 8;
        private static final int PRODUCT = 9;
        private static final int SUMS = 10;

        private final AttentionShape.Group group;
        private final Role queries;
        private final Role keys;
        private final Role values;
        private final int heads;
        private final int kvHeads;
        private final int headDim;
        private final double scale;
        private final Scratch scratch;
        private final ScoreBias bias;

        Group(
                Nd4jBackend backend,
                AttentionShape shape,
                AttentionShape.Group group,
                AttentionWeights weights,
                AttentionWeights gradients) {
            this.group = group;
            this.queries = new Role(backend, shape, group, Role.Kind.QUERIES, weights, gradients);
            this.keys = new Role(backend, shape, group, Role.Kind.KEYS, weights, gradients);
            this.values = new Role(backend, shape, group, Role.Kind.VALUES, weights, gradients);
            this.heads = group.heads().heads();
            this.kvHeads = group.heads().kvHeads();
            this.headDim = group.heads().headDim();
            this.scale = group.scale();
            this.scratch = new Scratch(backend.dataType());
            this.bias = new ScoreBias(shape, group, weights, gradients, backend.dataType());
        }

        void forward(INDArray projected, int time, INDArray mixed) {
            long batch = projected.size(0) / time;
            INDArray q = scratch.array(QUERY, batch, heads, time, headDim);
            INDArray k = scratch.array(KEY, batch, kvHeads, time, headDim);
            INDArray v = scratch.array(VALUE, batch, kvHeads, time, headDim);
            queries.read(projected, q);
            keys.read(projected, k);
            values.read(projected, v);

            INDArray p = scratch.array(PROBABILITIES, batch, heads, time, time);
            Products.batched(scale, byKey(q), false, k, true, byKey(p));
            bias.add(p);
            Nd4j.exec(DynamicCustomOp.builder("softmax")
                    .addInputs(p)
                    .addOutputs(p)
                    .build());
            INDArray o = scratch.array(OUT, batch, heads, time, headDim);
            Products.batched(1, byKey(p), false, v, false, byKey(o));
            mixed(mixed, time).assign(o);
        }

        void backward(INDArray projected, INDArray mixed, INDArray dMixed, int time, INDArray dProjected) {
            long batch = dMixed.size(0) / time;
            INDArray q = scratch.array(QUERY, batch, heads, time, headDim);
            INDArray k = scratch.array(KEY, batch, kvHeads, time, headDim);
            INDArray v = scratch.array(VALUE, batch, kvHeads, time, headDim);
            INDArray p = scratch.array(PROBABILITIES, batch, heads, time, time);
            INDArray dO = scratch.array(D_OUT, batch, heads, time, headDim);
            dO.assign(mixed(dMixed, time));

            INDArray dKey = scratch.array(D_KEY, batch, kvHeads, time, headDim);
            Products.batched(1, byKey(p), true, byKey(dO), false, dKey);
            values.write(projected, dKey, dProjected, false);

            INDArray dScores = scratch.array(D_SCORES, batch, heads, time, time);
            Products.batched(1, byKey(dO), false, v, true, byKey(dScores));
            throughSoftmax(p, mixed(mixed, time), dO, dScores);
            bias.backward(dScores);

            INDArray dQuery = scratch.array(D_QUERY, batch, heads, time, headDim);
            Products.batched(scale, byKey(dScores), false, k, false, byKey(dQuery));
            queries.write(projected, dQuery, dProjected, group.queries() == group.values());

            Products.batched(scale, byKey(dScores), true, byKey(q), false, dKey);
            boolean coincide = group.keys() == group.values() || group.keys() == group.queries();
            keys.write(projected, dKey, dProjected, coincide);
        }

        /** {@code ds = p (dp - sum(dp p))}, and {@code sum_j dp_ij p_ij = do_i . o_i}. */
        private void throughSoftmax(INDArray p, INDArray o, INDArray dO, INDArray dScores) {
            long rows = p.length() / p.size(3);
            Nd4jTensor product = scratch.matrix(PRODUCT, rows, headDim);
            product.array().reshape('c', dO.shape()).assign(o).muli(dO);
            Nd4jTensor sums = scratch.matrix(SUMS, rows, 1);
            Products.multiply(1, scratch.constant(headDim, 1), false, product, true, 0, sums);
            dScores.reshape('c', rows, p.size(3)).subiColumnVector(sums.array());
            dScores.muli(p);
        }

        /** {@code [b, h, t, x]} as {@code [b, k, r t, x]}. */
        private INDArray byKey(INDArray x_bhtx) {
            return heads == kvHeads
                    ? x_bhtx
                    : x_bhtx.reshape('c', x_bhtx.size(0), kvHeads, heads / kvHeads * x_bhtx.size(2), x_bhtx.size(3));
        }

        void release() {
            scratch.close();
            queries.release();
            keys.release();
            values.release();
        }

        void close() {
            scratch.close();
            queries.close();
            keys.close();
            values.close();
            bias.close();
        }

        private INDArray mixed(INDArray mixed_na, int time) {
            return Role.heads(mixed_na, group.mixed(), heads, time, headDim);
        }
    }
}
