package apportion.model.transformer;

import apportion.model.compute.AttentionWeights;
import apportion.model.compute.Backend;
import apportion.model.compute.CausalAttention;
import apportion.model.compute.Tensor;
import apportion.model.config.AttentionShape;
import apportion.model.config.Positions;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;
import java.util.function.Function;

/** Causal multi-head attention (Vaswani et al. 2017, section 3.2) between its projections. */
final class Attention implements Sublayer {

    private final Workspace workspace;
    private final AttentionShape shape;
    private final Projection queryKeyValue;
    private final CausalAttention heads;
    private final Projection out;
    private final Buffer qkv;
    private final Buffer mixed;
    private final Watcher watcher;

    /** Told of each forward pass. */
    interface Watcher {
        Watcher NOBODY = (time, in_nc, projected_np) -> {};

        void attended(int time, Tensor in_nc, Tensor projected_np);
    }

    /**
     * The attention of one layer.
     *
     * @param kept where what the backward pass needs stays
     * @param name what its weights' names begin with
     * @param watcher told of what is read and projected
     */
    Attention(
            Backend backend,
            Workspace workspace,
            Workspace kept,
            AttentionShape shape,
            Parameters parameters,
            String name,
            Watcher watcher) {
        this.workspace = workspace;
        this.watcher = watcher;
        this.shape = shape;
        this.queryKeyValue = new Projection(backend, parameters, name + ".qkv");
        Learned learned = Learned.of(shape, parameters, name);
        this.heads = backend.attention(shape, learned.part(Parameter::value), learned.part(Parameter::gradient));
        this.out = new Projection(backend, parameters, name + ".out");
        this.qkv = kept.buffer("qkv", shape.width());
        this.mixed = kept.buffer("mixed", shape.mixedWidth());
    }

    /** What the shape asks for besides the projections. */
    private record Learned(
            Optional<Parameter> diagonals,
            Optional<Parameter> queryGains,
            Optional<Parameter> keyGains,
            Optional<Parameter> distanceBias) {

        static Learned of(AttentionShape shape, Parameters parameters, String name) {
            boolean norms = shape.qkNorm().isPresent();
            boolean distances = shape.positions() instanceof Positions.Relative;
            return new Learned(
                    parameters.getIf(shape.diagonals(), name + ".qkv.gain"),
                    parameters.getIf(norms, name + ".query-norm.gain"),
                    parameters.getIf(norms, name + ".key-norm.gain"),
                    parameters.getIf(distances, name + ".distance.bias"));
        }

        AttentionWeights part(Function<Parameter, Tensor> part) {
            return new AttentionWeights(
                    diagonals.map(part), queryGains.map(part), keyGains.map(part), distanceBias.map(part));
        }
    }

    @Override
    public void keep(Tensor in_nc, Pass pass) {
        Tensor qkv_np = qkv.rows(pass.rows());
        queryKeyValue.forward(in_nc, qkv_np);
        watcher.attended(pass.time(), in_nc, qkv_np);
        // The only step that moves information from one token to another.
        heads.forward(qkv_np, pass.time(), mixed.rows(pass.rows()));
    }

    @Override
    public void result(Pass pass, Optional<Tensor> addend_nc, Tensor out_nc) {
        out.forward(mixed.rows(pass.rows()), addend_nc, out_nc);
    }

    @Override
    public void backward(Tensor in_nc, Pass pass, Tensor dOut_nc, Tensor dIn_nc) {
        Tensor dMixed_na = workspace.take("mixed", pass.rows(), shape.mixedWidth());
        Tensor mixed_na = mixed.rows(pass.rows());
        out.backward(mixed_na, dOut_nc, dMixed_na);
        Tensor dQkv_np = workspace.take("qkv", pass.rows(), shape.width());
        heads.backward(qkv.rows(pass.rows()), mixed_na, dMixed_na, dQkv_np);
        queryKeyValue.backward(in_nc, dQkv_np, dIn_nc);
    }

    @Override
    public void release() {
        heads.release();
    }

    @Override
    public void close() {
        heads.close();
    }
}
