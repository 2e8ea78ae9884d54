package apportion.model.compute.nd4j;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.Norm;
import java.util.Optional;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** A group's queries, keys or values on their way from the projected rows to the products, and their gradients back. */
final class Role implements AutoCloseable {

    /** Which of the three. */
    enum Kind {
        QUERIES(0),
        KEYS(1),
        VALUES(2);

        /** Of the diagonals. */
        private final int row;

        Kind(int row) {
            this.row = row;
        }
    }

    private static final int TURNED = 0;
    private static final int PLAIN = 1;
    private static final int STATISTICS = 2;
    private static final int D_PLAIN = 3;

    private final long first;
    private final int headDim;
    private final Scratch scratch;
    private final Optional<Rotation> rotation;
    /** Factors of the columns, {@code [1, h, 1, d]}, and their gradients, {@code [h, d]}. */
    private final Optional<INDArray> diagonal;

    private final Optional<INDArray> dDiagonal;
    private final Optional<Gains> gains;

    /** Of the norm of each head, and their gradients. */
    private record Gains(Nd4jBackend backend, Norm norm, Tensor values_1d, Tensor gradients_1d) {}

    Role(
            Nd4jBackend backend,
            AttentionShape shape,
            AttentionShape.Group group,
            Kind kind,
            AttentionWeights weights,
            AttentionWeights gradients) {
        this.first = switch (kind) {
            case QUERIES -> group.queries();
            case KEYS -> group.keys();
            case VALUES -> group.values();
        };
        this.headDim = group.heads().headDim();
        this.scratch = new Scratch(backend.dataType());
        this.rotation =
                kind == Kind.VALUES ? Optional.empty() : Rotation.of(shape.positions(), headDim, backend.dataType());
        int heads = group.heads().heads();
        long factors = kind.row * shape.mixedWidth() + group.mixed();
        this.diagonal =
                weights.diagonals_3a().map(all -> part(all, factors, heads).reshape('c', 1, heads, 1, headDim));
        this.gains = gains(backend, shape, group, of(kind, weights), of(kind, gradients));
        this.dDiagonal = gradients.diagonals_3a().map(all -> part(all, factors, heads));
    }

    private static Optional<Tensor> of(Kind kind, AttentionWeights weights) {
        return switch (kind) {
            case QUERIES -> weights.queryGains_1g();
            case KEYS -> weights.keyGains_1g();
            case VALUES -> Optional.empty();
        };
    }

    private static Optional<Gains> gains(
            Nd4jBackend backend,
            AttentionShape shape,
            AttentionShape.Group group,
            Optional<Tensor> values,
            Optional<Tensor> gradients) {
        int headDim = group.heads().headDim();
        return values.map(all -> new Gains(
                backend,
                new Norm(Norm.Type.RMS, shape.qkNorm().orElseThrow(), Norm.Placement.PRE),
                all.slice(group.gains(), 1, headDim),
                gradients.orElseThrow().slice(group.gains(), 1, headDim)));
    }

    private INDArray part(Tensor all, long offset, int heads) {
        return ((Nd4jTensor) all.slice(offset, heads, headDim)).array();
    }

    /** Overwrites {@code out_bhtd} with the heads as the products take them. */
    void read(INDArray projected_np, INDArray out_bhtd) {
        out_bhtd.assign(heads(projected_np, out_bhtd));
        diagonal.ifPresent(out_bhtd::muli);
        gains.ifPresent(gains -> normalise(gains, out_bhtd));
        rotation.ifPresent(rotation -> rotation.turn(out_bhtd, scratch.array(TURNED, out_bhtd.shape()), 1));
    }

    /**
     * Takes the gradient of what {@link #read} gave back to the rows.
     *
     * @param d_bhtd lost afterwards
     * @param add whether to add to the rows' gradient, as another role has written there already
     */
    void write(INDArray projected_np, INDArray d_bhtd, INDArray dProjected_np, boolean add) {
        rotation.ifPresent(rotation -> rotation.turn(d_bhtd, scratch.array(TURNED, d_bhtd.shape()), -1));
        gains.ifPresent(gains -> throughNorm(gains, d_bhtd));
        dDiagonal.ifPresent(gradient ->
                gradient.addi(heads(projected_np, d_bhtd).mul(d_bhtd).sum(0, 2)));
        diagonal.ifPresent(d_bhtd::muli);
        INDArray rows = heads(dProjected_np, d_bhtd);
        if (add) {
            rows.addi(d_bhtd);
        } else {
            rows.assign(d_bhtd);
        }
    }

    private void normalise(Gains gains, INDArray x_bhtd) {
        Nd4jTensor x_rd = rows(x_bhtd);
        Nd4jTensor plain_rd = scratch.matrix(PLAIN, x_rd.rows(), headDim);
        plain_rd.array().assign(x_rd.array());
        Nd4jTensor statistics_r2 = scratch.matrix(STATISTICS, x_rd.rows(), 2);
        gains.backend.norm(gains.norm, plain_rd, gains.values_1d, Optional.empty(), x_rd, statistics_r2);
    }

    private void throughNorm(Gains gains, INDArray d_bhtd) {
        Nd4jTensor d_rd = rows(d_bhtd);
        Nd4jTensor dPlain_rd = scratch.matrix(D_PLAIN, d_rd.rows(), headDim);
        dPlain_rd.array().assign(0);
        gains.backend.normBackward(
                gains.norm,
                d_rd,
                scratch.matrix(PLAIN, d_rd.rows(), headDim),
                gains.values_1d,
                scratch.matrix(STATISTICS, d_rd.rows(), 2),
                dPlain_rd,
                gains.gradients_1d,
                Optional.empty());
        d_rd.array().assign(dPlain_rd.array());
    }

    /** Each head of each token as a row of its own; shares the memory. */
    private Nd4jTensor rows(INDArray x_bhtd) {
        return Nd4jTensor.view(x_bhtd, 0, x_bhtd.length() / headDim, headDim);
    }

    private INDArray heads(INDArray rows, INDArray like_bhtd) {
        return heads(rows, first, like_bhtd.size(1), like_bhtd.size(2), headDim);
    }

    /** Some columns of a matrix of tokens as {@code [b, h, t, d]}; shares its memory. */
    static INDArray heads(INDArray rows, long first, long heads, long time, long headDim) {
        long columns = rows.size(1);
        return Nd4j.create(
                rows.data(),
                new long[] {rows.size(0) / time, heads, time, headDim},
                new long[] {time * columns, headDim, columns, 1},
                rows.offset() + first,
                'c');
    }

    /** Frees what {@link #read} left for {@link #write}. */
    void release() {
        scratch.close();
    }

    @Override
    public void close() {
        release();
        rotation.ifPresent(Rotation::close);
    }
}
