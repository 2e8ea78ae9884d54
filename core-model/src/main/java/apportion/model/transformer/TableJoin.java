package apportion.model.transformer;

import apportion.model.compute.Backend;
import apportion.model.compute.Tensor;
import apportion.model.compute.Tokens;
import apportion.model.transformer.Parameters.Parameter;
import java.util.Optional;

/** {@code M = [M_1 M_2]}: columns side by side. */
final class TableJoin implements TokenMatrix {

    private final Backend backend;
    private final Workspace workspace;
    private final TokenMatrix left;
    private final TokenMatrix right;
    private final Buffer leftPart;
    private final Buffer rightPart;

    /**
     * Two matrices side by side.
     *
     * @param columns of each
     */
    TableJoin(Backend backend, Workspace workspace, TokenMatrix left, TokenMatrix right, long[] columns) {
        this.backend = backend;
        this.workspace = workspace;
        this.left = left;
        this.right = right;
        this.leftPart = new Buffer(backend, columns[0]);
        this.rightPart = new Buffer(backend, columns[1]);
    }

    @Override
    public void embed(Tokens tokens, Tensor out_nc) {
        left.embed(tokens, leftPart.rows(out_nc.rows()));
        right.embed(tokens, rightPart.rows(out_nc.rows()));
        backend.join(leftPart.rows(out_nc.rows()), rightPart.rows(out_nc.rows()), out_nc);
    }

    @Override
    public void embedBackward(Tokens tokens, Tensor dOut_nc) {
        backend.split(dOut_nc, leftPart.rows(dOut_nc.rows()), rightPart.rows(dOut_nc.rows()));
        left.embedBackward(tokens, leftPart.rows(dOut_nc.rows()));
        right.embedBackward(tokens, rightPart.rows(dOut_nc.rows()));
    }

    @Override
    public void logits(Tensor x_nc, Optional<Parameter> bias, Tensor out_nv) {
        Tensor other_nv = workspace.take("join", out_nv.rows(), out_nv.columns());
        backend.split(x_nc, leftPart.rows(x_nc.rows()), rightPart.rows(x_nc.rows()));
        left.logits(leftPart.rows(x_nc.rows()), bias, out_nv);
        right.logits(rightPart.rows(x_nc.rows()), Optional.empty(), other_nv);
        backend.add(other_nv, out_nv);
    }

    @Override
    public void logitsBackward(Tensor x_nc, Optional<Parameter> bias, Tensor dOut_nv, Tensor dX_nc) {
        Tensor dLeft = workspace.take("left", x_nc.rows(), leftPart.columns());
        Tensor dRight = workspace.take("right", x_nc.rows(), rightPart.columns());
        left.logitsBackward(leftPart.rows(x_nc.rows()), bias, dOut_nv, dLeft);
        right.logitsBackward(rightPart.rows(x_nc.rows()), Optional.empty(), dOut_nv, dRight);
        backend.join(dLeft, dRight, dX_nc);
    }

    @Override
    public void close() {
        left.close();
        right.close();
        leftPart.close();
        rightPart.close();
    }
}
